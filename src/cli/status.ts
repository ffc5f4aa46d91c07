// `status`: the runs in a store, and how far each stage is.
import { shortText } from '../model/errors.ts'
import { shownCounts } from '../runtime/counts.ts'
import { paintFor, type Paint } from './colours.ts'
import { print, printJson, type GuestFlags } from './guest-options.ts'
import { durationText, timeText } from './quantities.ts'
import { runsIn, unattendedIn, type RunState } from './runs.ts'
import { steeredLines, steeredShardsOf, type SteeredShards } from './steered-shards.ts'
import { engineName, withStore } from './store.ts'
import { stageTable } from './summary.ts'
import { neutralised, oneLine } from './terminal-text.ts'

export async function status(pipeline: string | undefined, flags: GuestFlags & { readonly all?: boolean | undefined }): Promise<void> {
  const own = await withStore(flags, async log => {
    const runs = await runsIn(log, engineName(flags))
    return Promise.all(runs.filter(run => pipeline === undefined || run.pipeline === pipeline).map(async run => ({ ...run, shards: await steeredShardsOf(log, run), unattended: await unattendedIn(log, run) })))
  })
  if (flags.json) return own.forEach(run => printJson(JSON.stringify(jsonOf(run))))
  if (own.length === 0) return print(pipeline === undefined ? 'Nothing was run in this store yet.' : `Nothing was run of '${oneLine(shortText(pipeline))}' in this store.`)
  const paint = paintFor(process.stdout)
  const shown = flags.all ? own : newest(own)
  print(shown.map(run => runText(run, paint)).join('\n\n'))
  if (shown.length < own.length) print(paint('quiet', `\n${own.length - shown.length} earlier; --all shows them too.`))
}

type ShownRun = RunState & {
  readonly shards: SteeredShards
  /** Stages that wait for a process which takes them. */
  readonly unattended: readonly string[]
}

/** The newest of each pipeline, and all that are not complete. */
function newest(runs: readonly ShownRun[]): readonly ShownRun[] {
  return runs.filter((run, index) => run.status === 'running' || !runs.some((other, at) => at > index && other.pipeline === run.pipeline))
}

const words: Readonly<Record<RunState['status'], readonly [Parameters<Paint>[0], string]>> = {
  running: ['active', '▸ running'],
  completed: ['good', '✔ complete'],
  'completed-with-failures': ['warning', '✔ complete, with items set aside'],
  stopped: ['bad', '‖ stopped'],
  aborted: ['bad', '✖ aborted'],
  vanished: ['bad', '✖ its process is gone; the same command goes on where it was'],
}

function runText({ pipeline, record, status, stages, shards, unattended }: ShownRun, paint: Paint): string {
  const number = record.number === 0 ? 'endless' : `run ${record.number}`
  const took = record.endedAt === undefined ? '' : `, ended ${durationText(record.endedAt - record.startedAt)} later`
  const params = record.params === 'null' ? '' : ` · ${oneLine(record.params)}`
  const [meaning, word] = words[status]
  const lines = [
    `${paint('strong', oneLine(pipeline))} ${paint('quiet', `· ${number}${params}`)} ${paint(meaning, word)}`,
    paint('quiet', `began ${timeText(new Date(record.startedAt))}${took}`),
    ...(status === 'stopped' ? (record.reasons ?? []).map(reason => paint('warning', neutralised(reason))) : []),
    '',
    stageTable(countsOf(stages), paint, process.stdout.isTTY ? process.stdout.columns : Infinity),
    ...(unattended.length > 0 ? [paint('warning', neutralised(`no process takes ${unattended.map(stage => `'${stage}'`).join(', ')}: start one with --stages, or without to take all`))] : []),
    ...steeredLines(shards).map(line => paint('warning', line)),
  ]
  return lines.join('\n')
}

function countsOf(stages: RunState['stages']) {
  return Object.fromEntries(stages.map(({ name, counters }) => [name, { ...counters, inFlight: 0, waiting: 0 }]))
}

function jsonOf({ pipeline, record, status, stages, shards, unattended }: ShownRun) {
  const { number, params, startedAt, endedAt, reasons } = record
  return {
    pipeline, run: number === 0 ? null : number, status, params: JSON.parse(params) as unknown, started: new Date(startedAt), ended: endedAt === undefined ? null : new Date(endedAt), reasons: reasons ?? [], unhealthyShards: shards.unhealthy, rollouts: shards.rollouts, unattended,
    stages: Object.fromEntries(stages.map(({ name, isEnded, counters }) => [name, { ...shownCounts(counters), ended: isEnded }])),
  }
}
