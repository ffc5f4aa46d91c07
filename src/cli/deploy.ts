// `deploy`: what to apply so that a pipeline runs in a cluster. Prints, and asks nothing of any cluster or broker.
import { posix } from 'node:path'
import { checkEndless, planFor } from '../client/run-pipeline.ts'
import { brokersOf, type Brokers } from '../deploy/brokers.ts'
import { checkText, configurationOf, type Configuration, type ConfigurationWords } from '../deploy/configuration.ts'
import { isEndless } from '../deploy/fit.ts'
import { groupsOf, type GroupWords, type StageGroup } from '../deploy/groups.ts'
import { manifestsOf, type Deployed } from '../deploy/manifests.ts'
import { checkCpu, checkForeignName, checkImage, checkMemory, checkName, checkNamespace, checkNetwork, nameFrom } from '../deploy/names-and-quantities.ts'
import { destinationOf } from '../deploy/network-policy.ts'
import { BatchworkError, OptionError } from '../model/errors.ts'
import type { Plan } from '../plan/plan.ts'
import { toYamlDocuments } from '../queue/kubernetes/yaml.ts'
import { durationOf } from './deploy-duration.ts'
import { processesIn } from '../deploy/processes.ts'
import { processesOf, type ProcessFlags } from './deploy-processes.ts'
import { loadPipeline } from './load-pipeline.ts'
import { parametersFor } from './parameters.ts'
import { takeStdout, writeLine } from './stdout.ts'

export interface DeployFlags extends ConfigurationWords, ProcessFlags, GroupWords {
  /** Each 'GROUP=number'. */
  readonly groupProcesses: readonly string[]
  readonly once?: string | undefined
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
  const whole = deployedOf({ file, words, flags, plan, configuration, brokers })
  const groups = groupsOf(plan, flags)
  checkOnce(whole, groups, flags)
  const objects = groups.length === 0 ? manifestsOf(whole) : apart(whole, groups, flags).flatMap(manifestsOf)
  if (flags.json) for (const object of objects) writeLine(JSON.stringify(object))
  else writeLine(toYamlDocuments(objects).trimEnd())
}

/** One of these for each group, and one under the deployment's own name for what no group names. */
function apart(whole: Deployed, groups: readonly StageGroup[], { groupProcesses }: DeployFlags): readonly Deployed[] {
  const { identity, plan, pod, processes } = whole
  const numbers = new Map(groupProcesses.map(word => groupNumber(word, groups)))
  return groups.map(group => {
    const [command, file, ...words] = pod.words
    return {
      ...whole, group, processes: processesIn(plan, group.part, processes, group.name === undefined ? undefined : numbers.get(group.name)),
      identity: { ...identity, name: group.name === undefined ? identity.name : checkName('--name and --group', `${identity.name}-${group.name}`) },
      pod: { ...pod, words: [command!, file!, ...group.words.map(word => `--stages=${checkText('a stage', word)}`), ...words] },
    }
  })
}

function groupNumber(word: string, groups: readonly StageGroup[]): readonly [string, number] {
  const [, name = '', count = ''] = /^(.+)=(\d{1,9})$/.exec(word) ?? []
  if (name === '' || Number(count) < 1) throw new OptionError('--group-processes', word, "a group and how many processes it has at most, such as 'heavy=8'")
  if (!groups.some(group => group.name === name)) throw new BatchworkError('USAGE', `--group-processes ${word}: there is no group '${name}'; there is ${groups.flatMap(group => (group.name === undefined ? [] : [`'${group.name}'`])).join(', ') || 'none'}`)
  return [name, Number(count)]
}

/** Each Job has a uid of its own, and all have to know the run by one name. */
function checkOnce({ runs: { kind } }: Deployed, groups: readonly StageGroup[], { once, groupProcesses }: DeployFlags): void {
  if (groups.length === 0 && groupProcesses.length > 0) throw new BatchworkError('USAGE', `--group-processes ${groupProcesses[0]} is for a group, and none is named; give --group NAME=STAGES, or --processes for all`)
  if (kind === 'job' && groups.length > 0 && once === undefined) throw new BatchworkError('USAGE', 'groups of a pipeline that ends are Jobs which share one run; give it a name with --once, and the next run another')
  if (once !== undefined && (kind !== 'job' || groups.length === 0)) throw new BatchworkError('USAGE', `--once ${once} is for Jobs of groups that share one run; leave it out`)
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
      words: wordsOf(file, kind, flags, words), once: flags.once === undefined ? undefined : checkText('--once', flags.once),
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
