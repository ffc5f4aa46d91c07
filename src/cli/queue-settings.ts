// From the flags of `queue` to settings that hold together. Everything wrong is said before anything is started.
import { availableParallelism, tmpdir } from 'node:os'
import { BatchworkError, OptionError } from '../model/errors.ts'
import { bytesOf, millisecondsOf, shareOf, type Duration, type Size } from '../model/values.ts'
import type { QueueScaling } from '../queue/work-queue.ts'
import type { GuestFlags } from './guest-options.ts'
import { workerCommand } from './worker-command.ts'

export interface QueueFlags extends GuestFlags {
  readonly source: string
  readonly worker: readonly string[]
  readonly executor: string
  readonly name: string
  readonly once?: boolean | undefined
  readonly poll: string
  readonly nameField: string
  readonly allow?: readonly string[] | undefined
  readonly attempts: number
  readonly timeout?: string | undefined
  readonly memory?: string | undefined
  readonly cpu?: number | undefined
  readonly env: readonly string[]
  readonly workDir?: string | undefined
  readonly results?: string | undefined
  readonly parallelism?: string | undefined
  readonly maxParallelism?: number | undefined
  readonly headroom: string
  readonly drainBy?: string | undefined
  readonly image?: string | undefined
  readonly namespace?: string | undefined
  readonly itemsPerJob?: number | undefined
  readonly itemsPerPod?: number | undefined
  readonly ttl?: string | undefined
  readonly metrics?: number | undefined
  readonly grace: string
  readonly quiet?: boolean | undefined
}

export interface QueueSettings {
  readonly isOnKubernetes: boolean
  readonly workers: readonly string[]
  readonly attempts: number
  readonly timeoutMs: number | undefined
  readonly memoryBytes: number | undefined
  readonly cpu: number | undefined
  /** Whole seconds. */
  readonly ttlSeconds: number | undefined
  readonly environment: Readonly<Record<string, string>>
  readonly workFolder: string
  readonly parallelism: number
  readonly parallelismMax: number
  readonly scaling: QueueScaling | undefined
  readonly pollMs: number
  readonly graceMs: number
  /** Ends by itself. */
  readonly isBounded: boolean
}

const podsMax = 100
const pollMsMin = 100

/** Throws BatchworkError 'USAGE' and OptionError. */
export function settingsOf(flags: QueueFlags): QueueSettings {
  const isOnKubernetes = flags.executor === 'kubernetes'
  checkTogether(flags, isOnKubernetes)
  const durationOf = (text: string | undefined, option: string) => (text === undefined ? undefined : millisecondsOf(text as Duration, option))
  const memoryBytes = flags.memory === undefined ? undefined : bytesOf(flags.memory as Size, '--memory')
  if (flags.cpu !== undefined && !(flags.cpu > 0 && Number.isFinite(flags.cpu))) throw new OptionError('--cpu', flags.cpu, 'a number above 0, such as 2 or 0.5')
  if (flags.attempts < 1) throw new OptionError('--attempts', flags.attempts, 'a whole number, at least 1')
  const timeoutMs = durationOf(flags.timeout, '--timeout')
  if (timeoutMs !== undefined && !(timeoutMs >= 1 && timeoutMs < 2 ** 31)) throw new OptionError('--timeout', flags.timeout, "from '1ms' to '24d'")
  const pollMs = durationOf(flags.poll, '--poll')!
  if (pollMs < pollMsMin) throw new OptionError('--poll', flags.poll, `at least '${pollMsMin}ms'`)
  const isBounded = flags.once === true || flags.source === '-'
  return {
    isOnKubernetes, ttlSeconds: ttlSecondsOf(flags, isOnKubernetes), attempts: flags.attempts, timeoutMs, memoryBytes, cpu: flags.cpu, pollMs, isBounded,
    workers: isOnKubernetes ? flags.worker : flags.worker.map(worker => workerCommand(worker)),
    environment: environmentOf(flags.env), workFolder: flags.workDir ?? tmpdir(), graceMs: durationOf(flags.grace, '--grace')!,
    ...parallelismOf(flags, isOnKubernetes, isBounded),
  }
}

function checkTogether({ executor, worker, image, memory, cpu, workDir, results }: QueueFlags, isOnKubernetes: boolean): void {
  if (!isOnKubernetes && executor !== 'process') throw new BatchworkError('USAGE', `--executor is '${executor}', but must be 'process' or 'kubernetes'`)
  if (!isOnKubernetes && worker.length === 0) throw new BatchworkError('USAGE', "--worker is missing: the shell command that works on an item, such as --worker './convert.sh'")
  if (!isOnKubernetes && image !== undefined) throw new BatchworkError('USAGE', '--image is for --executor kubernetes; a process of this machine runs --worker alone')
  if (isOnKubernetes && image === undefined) throw new BatchworkError('USAGE', '--image is missing: what the pods of --executor kubernetes run')
  if (isOnKubernetes && (workDir !== undefined || results !== undefined)) throw new BatchworkError('USAGE', '--work-dir and --results are folders of this machine; pods of --executor kubernetes keep results where the worker puts them')
  if (!isOnKubernetes && process.platform !== 'linux' && (memory !== undefined || cpu !== undefined)) throw new BatchworkError('USAGE', `--memory and --cpu hold on Linux only, and this is ${process.platform}; leave them out, or use --executor kubernetes`)
}

function ttlSecondsOf({ ttl }: QueueFlags, isOnKubernetes: boolean): number | undefined {
  if (ttl === undefined) return undefined
  if (!isOnKubernetes) throw new BatchworkError('USAGE', '--ttl is for the Jobs of --executor kubernetes; a process of this machine leaves nothing behind')
  const seconds = Math.ceil(millisecondsOf(ttl as Duration, '--ttl') / 1_000)
  if (!(seconds >= 1 && seconds <= 31_536_000)) throw new OptionError('--ttl', ttl, "from '1s' to '365d'")
  return seconds
}

function parallelismOf(flags: QueueFlags, isOnKubernetes: boolean, isBounded: boolean): Pick<QueueSettings, 'parallelism' | 'parallelismMax' | 'scaling'> {
  const { parallelism, maxParallelism, headroom, drainBy = isBounded ? undefined : '1m' } = flags
  const processors = availableParallelism()
  if (parallelism !== undefined && parallelism !== 'auto') {
    if (!/^[1-9]\d{0,5}$/.test(parallelism)) throw new OptionError('--parallelism', parallelism, "a whole number, at least 1, or 'auto'")
    return { parallelism: Number(parallelism), parallelismMax: Number(parallelism), scaling: undefined }
  }
  if (parallelism === undefined) return { parallelism: processors, parallelismMax: processors, scaling: undefined }
  const parallelismMax = maxParallelism ?? (isOnKubernetes ? podsMax : processors)
  if (parallelismMax < 1) throw new OptionError('--max-parallelism', parallelismMax, 'a whole number, at least 1')
  const share = shareOf(headroom, '--headroom')
  if (share >= 1) throw new OptionError('--headroom', headroom, 'below 100%')
  const drainMs = drainBy === undefined ? undefined : millisecondsOf(drainBy as Duration, '--drain-by')
  return { parallelism: Math.min(processors, parallelismMax), parallelismMax, scaling: { parallelismMax, headroom: share, drainMs } }
}

function environmentOf(names: readonly string[]): Readonly<Record<string, string>> {
  const missing = names.filter(name => process.env[name] === undefined)
  if (missing.length > 0) throw new BatchworkError('USAGE', `--env ${missing[0]}: there is no such variable here; set it, or leave the flag out`)
  return Object.fromEntries(names.map(name => [name, process.env[name]!]))
}
