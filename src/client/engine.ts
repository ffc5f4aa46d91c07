// Which log a client works on: a folder on this machine, or what a user's code brings along.
import type { Log } from '../log.ts'
import { openEmbedded, type EmbeddedOptions } from '../logs/embedded/embedded-log.ts'
import { BatchworkError } from '../model/errors.ts'

export interface Engine {
  readonly kind: string
}

interface OpenableEngine extends Engine {
  open(): Promise<Log>
}

/** A store in this folder, made where there is none. `durability: 'relaxed'` may lose the last commits when the power fails. */
export function embedded(path: string, options: EmbeddedOptions = {}): Engine {
  const engine: OpenableEngine = { kind: 'embedded', open: () => openEmbedded(path, options) }
  return engine
}

export const defaultFolder = '.batchwork'

/** An engine as text: a folder, or 'embedded' for ./.batchwork. */
export function engineOf(given: string | Engine = process.env['BATCHWORK_ENGINE'] || defaultFolder): OpenableEngine {
  if (typeof given !== 'string') {
    if ('open' in given) return given as OpenableEngine
    throw new BatchworkError('ENGINE', `an engine of kind '${given.kind}' cannot be opened; use embedded(path), or a folder's path`)
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(given)?.[1]
  if (scheme) throw new BatchworkError('ENGINE', `engine '${given}': this version of Batchwork runs on the embedded store only; give a folder, or leave the engine out for ./${defaultFolder}`)
  return embedded(given === 'embedded' ? defaultFolder : given) as OpenableEngine
}
