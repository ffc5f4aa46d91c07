// `deploy`: what to apply so that a pipeline runs in a cluster. Prints, and asks nothing of any cluster or broker.
import { posix } from 'node:path'
import { checkEndless, planFor } from '../client/run-pipeline.ts'
import { brokersOf } from '../deploy/brokers.ts'
import { checkText, configurationOf, type ConfigurationWords } from '../deploy/configuration.ts'
import { isEndless } from '../deploy/fit.ts'
import { manifestsOf, type Deployed } from '../deploy/manifests.ts'
import { checkCpu, checkForeignName, checkImage, checkMemory, checkName, checkNamespace, checkNetwork, nameFrom } from '../deploy/names-and-quantities.ts'
import { destinationOf } from '../deploy/network-policy.ts'
import { BatchworkError, OptionError } from '../model/errors.ts'
import { millisecondsOf, type Duration } from '../model/values.ts'
import type { Plan } from '../plan/plan.ts'
import { toYamlDocuments } from '../queue/kubernetes/yaml.ts'
import { loadPipeline } from './load-pipeline.ts'
import { parametersFor } from './parameters.ts'
import { takeStdout, writeLine } from './stdout.ts'

export interface DeployFlags extends ConfigurationWords {
  readonly pipeline?: string | undefined
  readonly image: string
  readonly engine?: string | undefined
  readonly run?: boolean | undefined
  readonly start?: boolean | undefined
  readonly name?: string | undefined
  readonly namespace?: string | undefined
  readonly path?: string | undefined
  readonly memory: string
  readonly cpu: string
  readonly disk: string
  readonly grace: string
  readonly processes: number
  readonly autoscale: string
  readonly cooldown?: string | undefined
  readonly egress: readonly string[]
  readonly brokerNetwork?: string | undefined
  readonly retries?: number | undefined
  readonly keepFor?: string | undefined
  readonly pullSecret: readonly string[]
  readonly json?: boolean | undefined
  readonly debug?: boolean | undefined
}

const mebibyte = 2 ** 20
const memoryBytesMin = 64 * mebibyte
const retriesMax = 1_000
const [retriesDefault, keptForDefault, cooldownDefault] = [6, '7d', '5m']
const durationMsMax = 2_000_000_000

/** Prints them: YAML, or with `json` one object a line. */
export async function deploy(file: string, flags: DeployFlags, words: readonly string[], own: readonly string[]): Promise<void> {
  takeStdout() // What the pipeline's own code prints is no manifest.
  const pipeline = await loadPipeline(file, flags.pipeline)
  const plan = planFor(pipeline, parametersFor(pipeline, words, own))
  const objects = manifestsOf(deployedOf(file, plan, flags, words))
  if (flags.json) for (const object of objects) writeLine(JSON.stringify(object))
  else writeLine(toYamlDocuments(objects).trimEnd())
}

function deployedOf(file: string, plan: Plan, flags: DeployFlags, words: readonly string[]): Deployed {
  const configuration = configurationOf(flags)
  const kind = kindOf(plan, flags)
  const graceMs = duration('--grace', flags.grace)
  return {
    plan,
    identity: { name: nameOf(plan, flags), pipeline: plan.pipeline, namespace: flags.namespace === undefined ? undefined : checkNamespace(flags.namespace) },
    brokers: brokersOf(engineGiven(flags), configuration),
    pod: {
      configuration, graceMs, image: checkImage(flags.image), pullSecrets: flags.pullSecret.map(secret => checkForeignName('--pull-secret', secret)),
      memory: checkMemory('--memory', flags.memory, memoryBytesMin), disk: checkMemory('--disk', flags.disk, mebibyte), cpu: checkCpu('--cpu', flags.cpu),
      words: wordsOf(file, kind, flags, words),
    },
    destinations: flags.egress.map(destinationOf),
    brokerNetwork: flags.brokerNetwork === undefined ? undefined : checkNetwork('--broker-network', flags.brokerNetwork),
    runs: runsOf(kind, flags),
  }
}

/** Throws PlanError for a pipeline that cannot be started. */
function kindOf(plan: Plan, { run, start }: DeployFlags): 'job' | 'deployment' {
  if (run && start) throw new BatchworkError('USAGE', '--run and --start say different things; give one of them, or none')
  const kind = start || (!run && isEndless(plan)) ? 'deployment' : 'job'
  if (kind === 'deployment') checkEndless(plan)
  return kind
}

function runsOf(kind: 'job' | 'deployment', flags: DeployFlags): Deployed['runs'] {
  const { processes, autoscale, cooldown, retries, keepFor } = flags
  checkProcesses(processes, autoscale)
  const ofOther = kind === 'job' ? [['--autoscale', autoscale === 'none' ? undefined : autoscale], ['--cooldown', cooldown]] as const : [['--retries', retries], ['--keep-for', keepFor]] as const
  const [stray] = ofOther.find(([, value]) => value !== undefined) ?? []
  if (stray !== undefined) throw new BatchworkError('USAGE', kind === 'job' ? `${stray} is for a pipeline that does not end, and this one is run as a Job; leave it out, or give --start` : `${stray} is for a Job, and this pipeline does not end; leave it out, or give --run`)
  if (kind === 'deployment') {
    if (cooldown !== undefined && autoscale === 'none') throw new BatchworkError('USAGE', '--cooldown is for --autoscale keda; give both, or none')
    return { kind, cooldownMs: autoscale === 'keda' ? duration('--cooldown', cooldown ?? cooldownDefault) : undefined }
  }
  if (retries !== undefined && retries > retriesMax) throw new OptionError('--retries', retries, `a whole number up to ${retriesMax}`)
  return { kind, limits: { retries: retries ?? retriesDefault, keptForMs: duration('--keep-for', keepFor ?? keptForDefault) } }
}

/** The only place that knows: a second process finds the run in use, and ends. */
function checkProcesses(processes: number, autoscale: string): void {
  if (processes !== 1) throw new BatchworkError('USAGE', `--processes is ${processes}, but must be 1: a run is not shared between processes yet, and every other one would end with 'in use by another process'`)
  if (autoscale === 'hpa') throw new BatchworkError('USAGE', "--autoscale hpa adds processes by their CPU, but a run is not shared between processes yet; use 'keda', which starts and ends the one process by lag, or 'none'")
  if (autoscale !== 'keda' && autoscale !== 'none') throw new OptionError('--autoscale', autoscale, "'keda' or 'none'")
}

function engineGiven({ engine = process.env['BATCHWORK_ENGINE'] }: DeployFlags): string {
  if (engine === undefined || engine === '') throw new BatchworkError('USAGE', "--engine is missing: the Kafka cluster as pods reach it, such as kafka://kafka.default:9092")
  return engine
}

function nameOf({ pipeline }: Plan, { name }: DeployFlags): string {
  if (name !== undefined) return checkName('--name', name)
  const own = nameFrom(pipeline)
  if (own === undefined) throw new BatchworkError('USAGE', `pipeline '${pipeline}' has no letters that a name in Kubernetes may have; give a --name`)
  return own
}

/** Of `batchwork` in the pod. After '--' nothing is taken for an option of its own. */
function wordsOf(file: string, kind: 'job' | 'deployment', { pipeline, grace, path }: DeployFlags, words: readonly string[]): readonly string[] {
  const parameters = words.filter(word => word !== '--').map(word => checkText('a parameter', word))
  return [
    kind === 'job' ? 'run' : 'start', pathInImage(file, path),
    ...(pipeline === undefined ? [] : [`--pipeline=${checkText('--pipeline', pipeline)}`]), `--grace=${grace}`, ...(kind === 'job' ? ['--until-complete'] : []),
    ...(parameters.length > 0 ? ['--', ...parameters] : []),
  ]
}

function pathInImage(file: string, path: string | undefined): string {
  const isBelow = !posix.isAbsolute(file) && !posix.normalize(file).startsWith('..')
  if (path === undefined && !isBelow) throw new BatchworkError('USAGE', `--path is missing: ${file} is not below this folder, so where is it in the image? Such as --path /app/${posix.basename(file)}`)
  const inImage = path ?? posix.join('/app', file)
  if (!/^(?:\/[^/]+)+$/.test(inImage)) throw new OptionError('--path', inImage, 'the absolute path of the file in the image')
  return checkText('--path', inImage)
}

function duration(option: string, text: string): number {
  const ms = millisecondsOf(text as Duration, option)
  if (ms < 1_000 || ms > durationMsMax) throw new OptionError(option, text, "from '1s' to '23d'")
  return ms
}
