// A pipeline: a name, options and a pure function that builds its graph. Nothing runs here; every thread and process that takes part
// imports the module and builds the same graph again.
import { shortText } from '../model/errors.ts'
import { checkBackoff, workDefaults } from '../patterns/worker.ts'
import { Brand } from './brand.ts'
import { callSite } from './call-site.ts'
import { refuse, type Call } from './call.ts'
import { aSchema, aSize, aTolerance, checkArgument, checkOptions, either, fields, mustBe, where } from './checks.ts'
import type { Flow } from './flow.ts'
import type { Graph, GraphNode } from './graph.ts'
import { aName } from './names.ts'
import type { PipelineOptions } from './options.ts'
import { aSchedule } from './schedule.ts'
import type { Outputs } from './stream.ts'

export interface Pipeline<Given = unknown, O extends Outputs = Outputs> {
  readonly name: string
  readonly '~given'?: Given
  readonly '~outputs'?: O
}

/** What is behind a pipeline, for the planner, the command line and worker threads. */
export interface PipelineInternals {
  readonly name: string
  readonly options: PipelineOptions<any, any>
  readonly build: (flow: Flow, params: any) => Outputs | void
  /** URL of the module that called pipeline(): what threads and processes import. Undefined for code without a file. */
  readonly module: string | undefined
  /** File, line and column of the call. */
  readonly at: string
  /** Puts another node in the place of one that `build` makes: how a trial replaces sources, workers and sinks. */
  readonly change?: ((node: GraphNode) => GraphNode) | undefined
  /** In place of what `build` would make anew: of a pipeline that thousands of simulated processes run. */
  readonly graph?: (() => Graph) | undefined
}

const brand = new Brand<PipelineInternals>('pipeline')

const checks = {
  params: aSchema,
  schedule: aSchedule,
  tolerate: aTolerance,
  claimCheck: either(
    where(value => value === false, ''),
    fields({ over: aSize, store: where(value => typeof value?.kind === 'string', "a payload store, such as folder('payloads')") }, ['store']),
    "false, or { over: '256KB', store: folder('payloads') }",
  ),
  work: fields(workDefaults),
}

/**
 * A pipeline, to be exported from a module. `build` runs again in every thread and process, so it must do the same each time and nothing
 * else: no I/O, no clock. What it returns are the streams whose items `client.run` lets you read. Throws PlanError.
 *
 *     export default pipeline('thumbnails', flow => {
 *       flow.source('photos', files('photos/*.jpg')).work('shrink', shrink)
 *     })
 */
export function pipeline<O extends Outputs = {}>(name: string, build: (flow: Flow) => O | void): Pipeline<void, O>
export function pipeline<Params = void, Given = Params, O extends Outputs = {}>(
  name: string, options: PipelineOptions<Params, Given>, build: (flow: Flow, params: Params) => O | void,
): Pipeline<Given, O>
export function pipeline(name: string, ...rest: readonly unknown[]): Pipeline<any, any> {
  const { at, module } = callSite()
  const call: Call = { stage: '', title: typeof name === 'string' && name !== '' ? `pipeline '${shortText(name, 80)}'` : 'pipeline', at }
  checkArgument(call, name, 'the name', aName)
  const [options, build] = typeof rest[0] === 'function' ? [{}, rest[0]] : rest
  if (typeof build !== 'function') refuse(call, mustBe('its last argument', build, 'a function of flow that builds it'))
  checkPipelineOptions(call, options ?? {})
  return brand.mark({ name }, { name, options: { ...options as object }, build: build as PipelineInternals['build'], module, at })
}

/** Undefined for what is no pipeline. Knows pipelines of another copy of this package too. */
export function readPipeline(value: unknown): PipelineInternals | undefined {
  return brand.read(value)
}

/** The same pipeline, with each of its nodes changed as it is made. No thread or process can import it. */
export function withNodes<Given, O extends Outputs>(original: Pipeline<Given, O>, change: (node: GraphNode) => GraphNode): Pipeline<Given, O> {
  return brand.mark<Pipeline<Given, O>>({ name: original.name }, { ...brand.read(original)!, module: undefined, change })
}

/** The same pipeline without parameters, its graph given rather than built. */
export function withGraph<O extends Outputs>(original: Pipeline<void, O>, graph: () => Graph): Pipeline<void, O> {
  return brand.mark<Pipeline<void, O>>({ name: original.name }, { ...brand.read(original)!, module: undefined, graph })
}

function checkPipelineOptions(call: Call, options: PipelineOptions<unknown>): void {
  checkOptions(call, options, checks)
  if (options.work) checkBackoff(call, options.work, 'work.')
}
