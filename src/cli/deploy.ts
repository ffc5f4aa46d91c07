// `deploy`: what to apply so that a pipeline runs in a cluster. Prints, and asks nothing of any cluster or broker.
import { posix } from 'node:path'
import { checkEndless, planFor } from '../client/run-pipeline.ts'
import { brokersOf, type Brokers } from '../deploy/brokers.ts'
import { checkText, configurationOf, type Configuration, type ConfigurationWords } from '../deploy/configuration.ts'
import { isEndless } from '../deploy/fit.ts'
import { manifestsOf, type Deployed } from '../deploy/manifests.ts'
import { checkCpu, checkForeignName, checkImage, checkMemory, checkName, checkNamespace, checkNetwork, nameFrom } from '../deploy/names-and-quantities.ts'
import { destinationOf } from '../deploy/network-policy.ts'
import { BatchworkError, OptionError } from '../model/errors.ts'
import type { Plan } from '../plan/plan.ts'
import { toYamlDocuments } from '../queue/kubernetes/yaml.ts'
import { durationOf } from './deploy-duration.ts'
import { processesOf, type ProcessFlags } from './deploy-processes.ts'
import { loadPipeline } from './load-pipeline.ts'
import { parametersFor } from './parameters.ts'
import { takeStdout, writeLine } from './stdout.ts'

export interface DeployFlags extends ConfigurationWords, ProcessFlags {
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
const [retriesDefault, keptForDefault] = [6, '7d']

/** Prints them: YAML, or with `json` one object a line. */
export async function deploy(file: string, flags: DeployFlags, words: readonly string[], own: readonly string[]): Promise<void> {
  takeStdout() // What the pipeline's own code prints is no manifest.
  const pipeline = await loadPipeline(file, flags.pipeline)
  const configuration = configurationOf(flags)
  const brokers = brokersOf(engineGiven(flags), configuration)
  const plan = planFor(pipeline, parametersFor(pipeline, words, own), { parts: brokers.parts })
  const objects = manifestsOf(deployedOf({ file, words, flags, plan, configuration, brokers }))
  if (flags.json) for (const object of objects) writeLine(JSON.stringify(object))
  else writeLine(toYamlDocuments(objects).trimEnd())
}

interface Given {
  readonly file: string
  readonly words: readonly string[]
  readonly flags: DeployFlags
  readonly plan: Plan
  readonly configuration: Configuration
  readonly brokers: Brokers
}

function deployedOf({ file, words, flags, plan, configuration, brokers }: Given): Deployed {
  const kind = kindOf(plan, flags)
  const graceMs = durationOf('--grace', flags.grace)
  return {
    plan, brokers,
    identity: { name: nameOf(plan, flags), pipeline: plan.pipeline, namespace: flags.namespace === undefined ? undefined : checkNamespace(flags.namespace) },
    pod: {
      configuration, graceMs, image: checkImage(flags.image), pullSecrets: flags.pullSecret.map(secret => checkForeignName('--pull-secret', secret)),
      memory: checkMemory('--memory', flags.memory, memoryBytesMin), disk: checkMemory('--disk', flags.disk, mebibyte), cpu: checkCpu('--cpu', flags.cpu),
      words: wordsOf(file, kind, flags, words),
    },
    destinations: flags.egress.map(destinationOf),
    brokerNetwork: flags.brokerNetwork === undefined ? undefined : checkNetwork('--broker-network', flags.brokerNetwork),
    processes: processesOf(kind, flags), runs: runsOf(kind, flags),
  }
}

/** Throws PlanError for a pipeline that cannot be started. */
function kindOf(plan: Plan, { run, start }: DeployFlags): 'job' | 'deployment' {
  if (run && start) throw new BatchworkError('USAGE', '--run and --start say different things; give one of them, or none')
  const kind = start || (!run && isEndless(plan)) ? 'deployment' : 'job'
  if (kind === 'deployment') checkEndless(plan)
  return kind
}

function runsOf(kind: 'job' | 'deployment', { retries, keepFor }: DeployFlags): Deployed['runs'] {
  if (kind === 'job') {
    if (retries !== undefined && retries > retriesMax) throw new OptionError('--retries', retries, `a whole number up to ${retriesMax}`)
    return { kind, limits: { retries: retries ?? retriesDefault, keptForMs: durationOf('--keep-for', keepFor ?? keptForDefault) } }
  }
  const [stray] = ([['--retries', retries], ['--keep-for', keepFor]] as const).find(([, value]) => value !== undefined) ?? []
  if (stray !== undefined) throw new BatchworkError('USAGE', `${stray} is for a Job, and this pipeline does not end; leave it out, or give --run`)
  return { kind }
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
