// One sentence of the contract and how it is tried.
import type { Capability } from './engine.ts'
import type { Scene } from './scene.ts'

export interface Check {
  readonly name: string
  readonly needs?: readonly Capability[] | undefined
  readonly run: (scene: Scene) => Promise<void>
}
