// The options of `deploy` that say how many processes there are, and which of them belong together.
import { checkMetric, checkMetricLabel, checkPerProcess } from '../deploy/names-and-quantities.ts'
import type { Metric, Processes } from '../deploy/processes.ts'
import { BatchworkError, OptionError } from '../model/errors.ts'
import { durationOf } from './deploy-duration.ts'

export interface ProcessFlags {
  readonly processes: number
  readonly processesMin?: number | undefined
  readonly autoscale: string
  readonly cooldown?: string | undefined
  readonly lagPerProcess?: number | undefined
  readonly cpuPercent?: number | undefined
  readonly metric?: string | undefined
  readonly metricLabel: readonly string[]
}

const cooldownDefault = '5m'
const lagPerProcessDefault = 100
const lagPerProcessMax = 1_000_000_000
const cpuPercentDefault = 70
const cpuPercentMax = 10_000

/** Throws BatchworkError for options that do not fit each other. */
export function processesOf(kind: 'job' | 'deployment', flags: ProcessFlags): Processes {
  const { processes, autoscale } = flags
  if (processes < 1) throw new OptionError('--processes', processes, 'at least 1')
  if (autoscale !== 'keda' && autoscale !== 'hpa' && autoscale !== 'none') throw new OptionError('--autoscale', autoscale, "'keda', 'hpa' or 'none'")
  checkTogether(flags)
  if (kind === 'job' && autoscale !== 'none') throw new BatchworkError('USAGE', '--autoscale is for a pipeline that does not end, and this one is run as a Job; leave it out, or give --start')
  if (autoscale === 'none') return { max: processes }
  const min = flags.processesMin ?? (autoscale === 'keda' ? 0 : 1)
  if (autoscale === 'hpa' && min === 0) throw new OptionError('--processes-min', min, "at least 1 with --autoscale hpa, which cannot tell when to start the first; 'keda' can")
  if (processes <= min) throw new BatchworkError('USAGE', `--processes is ${processes} and --processes-min ${min}: there is nothing between them for --autoscale ${autoscale}; give --processes above ${min}, or leave --autoscale out`)
  return { max: processes, scaling: autoscale === 'hpa' ? { by: 'metric', min, metric: metricOf(flags) } : { by: 'lag', min, cooldownMs: cooldownOf(flags, min), lagPerProcess: lagPerProcessOf(flags) } }
}

/** What has no effect is refused. */
function checkTogether({ processesMin, autoscale, cooldown, lagPerProcess, cpuPercent, metric, metricLabel }: ProcessFlags): void {
  const needs: readonly (readonly [option: string, value: unknown, isFor: string, isGiven: boolean])[] = [
    ['--processes-min', processesMin, '--autoscale keda or hpa', autoscale !== 'none'],
    ['--cooldown', cooldown, '--autoscale keda', autoscale === 'keda'],
    ['--lag-per-process', lagPerProcess, '--autoscale keda', autoscale === 'keda'],
    ['--cpu-percent', cpuPercent, '--autoscale hpa', autoscale === 'hpa'],
    ['--metric', metric, '--autoscale hpa', autoscale === 'hpa'],
    ['--metric-label', metricLabel[0], '--metric', metric !== undefined],
  ]
  const stray = needs.find(([, value, , isGiven]) => value !== undefined && !isGiven)
  if (stray) throw new BatchworkError('USAGE', `${stray[0]} is for ${stray[2]}; give both, or none`)
  if (cpuPercent !== undefined && metric !== undefined) throw new BatchworkError('USAGE', '--cpu-percent and --metric both say when to add a process; give one of them')
}

function cooldownOf({ cooldown }: ProcessFlags, min: number): number | undefined {
  if (min === 0) return durationOf('--cooldown', cooldown ?? cooldownDefault)
  if (cooldown !== undefined) throw new BatchworkError('USAGE', `--cooldown says when the last process is stopped, and with --processes-min ${min} it never is; leave one of them out`)
  return undefined
}

function lagPerProcessOf({ lagPerProcess = lagPerProcessDefault }: ProcessFlags): number {
  if (lagPerProcess < 1 || lagPerProcess > lagPerProcessMax) throw new OptionError('--lag-per-process', lagPerProcess, `a whole number of records from 1 to ${lagPerProcessMax}`)
  return lagPerProcess
}

function metricOf({ cpuPercent = cpuPercentDefault, metric, metricLabel }: ProcessFlags): Metric {
  if (metric === undefined) {
    if (cpuPercent < 1 || cpuPercent > cpuPercentMax) throw new OptionError('--cpu-percent', cpuPercent, `a whole number from 1 to ${cpuPercentMax}, in percent of --cpu`)
    return { kind: 'cpu', percent: cpuPercent }
  }
  const [name, perProcess] = halves('--metric', metric, "a metric and how much of it is enough for one process, such as 'kafka_consumergroup_lag=100'")
  const labels = metricLabel.map(word => checkMetricLabel(halves('--metric-label', word, "a label of the metric and its value, such as 'consumergroup=batchwork.mail'")))
  const twice = labels.find(([label], index) => labels.findIndex(([other]) => other === label) !== index)
  if (twice) throw new BatchworkError('USAGE', `--metric-label ${twice[0]} is given twice; give it once`)
  return { kind: 'external', name: checkMetric(name), perProcess: checkPerProcess(perProcess), labels: Object.fromEntries(labels) }
}

function halves(option: string, word: string, expected: string): readonly [string, string] {
  const at = word.indexOf('=')
  if (at < 1) throw new OptionError(option, word, expected)
  return [word.slice(0, at), word.slice(at + 1)]
}
