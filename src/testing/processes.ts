// The same command in process after process: each runs the pipeline until it ends, dies, is taken for dead, or fails by a fault.
import type { RunReport, Running } from '../client/client.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { InjectedError, type SimulatedProcess } from './simulated-process.ts'
import type { StandIns } from './stand-ins.ts'
import type { World } from './world.ts'

export interface Beginning {
  readonly isEndless: boolean
  /** What the pipeline file has become. */
  readonly upgrade?: Pipeline<any, any> | undefined
  readonly onBegun?: ((running: Running<any>) => void) | undefined
}

export class Processes {
  readonly #world: World
  readonly #standIns: StandIns
  readonly #params: unknown
  #count = 0
  #crashes = 0
  #isStopped = false

  constructor(world: World, standIns: StandIns, params: unknown) {
    this.#world = world
    this.#standIns = standIns
    this.#params = params
  }

  get count(): number {
    return this.#count
  }

  get crashes(): number {
    return this.#crashes
  }

  /** Whether the last one was asked to stop by a fault. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Nothing where the process died, was taken for dead, or failed by a fault. */
  async next(beginning: Beginning): Promise<RunReport<any> | undefined> {
    const process = this.#world.process()
    this.#count++
    this.#isStopped = false
    const running = this.#runIn(process, beginning)
    running.catch(() => {})
    try {
      const ended = await Promise.race([running, process.gone])
      if (ended === 'died') this.#crashes++
      return typeof ended === 'string' ? undefined : ended
    } catch (error) {
      // A process that has lost track of its log may hear of it from the log first.
      if (!(error instanceof InjectedError) && (error as { readonly code?: string }).code !== 'CRASHED') throw error
      // Its process ends: the lock it may still have goes with it.
      process.crash()
      return undefined
    }
  }

  async #runIn(process: SimulatedProcess, { isEndless, upgrade, onBegun }: Beginning): Promise<RunReport<any>> {
    let stop: (() => void) | undefined
    process.onStop = () => {
      this.#isStopped = true
      stop?.()
    }
    const running = await this.#world.client(process).begin(this.#standIns.of(process, upgrade), { params: this.#params, upgrade: upgrade !== undefined }, isEndless)
    stop = () => void running.stop({ grace: '10s' }).catch(() => {})
    if (this.#isStopped) stop()
    onBegun?.(running)
    return running.finished
  }
}
