// `failures`: what was set aside in a run and not sent back.
import type { Failure } from '../model/item.ts'
import { failureJson } from '../telemetry/failure-report.ts'
import { paintFor, type Paint } from './colours.ts'
import { print, printJson, type GuestFlags } from './guest-options.ts'
import { countOf, timeText } from './quantities.ts'
import { chooseRun, failuresIn, runsIn } from './runs.ts'
import { engineName, withStore } from './store.ts'
import { neutralised, oneLine } from './terminal-text.ts'

export interface FailuresFlags extends GuestFlags {
  readonly run?: number | undefined
  readonly stage?: string | undefined
}

export async function failures(pipeline: string | undefined, flags: FailuresFlags): Promise<void> {
  await withStore(flags, async log => {
    const run = chooseRun(await runsIn(log, engineName(flags)), { pipeline, run: flags.run })
    const paint = paintFor(process.stdout)
    let count = 0
    for await (const failure of failuresIn(log, run, flags.stage)) {
      if (flags.json) printJson(failureJson(failure))
      else print(failureText(failure, paint))
      count++
    }
    if (flags.json) return
    const where = run.record.number === 0 ? `'${run.pipeline}'` : `run ${run.record.number} of '${run.pipeline}'`
    print(count === 0 ? `Nothing is set aside in ${oneLine(where)}.` : `${countOf(count, 'item')} set aside in ${oneLine(where)}.`)
  })
}

function failureText({ stage, id, origin, reason, attempts, at, error }: Failure<unknown>, paint: Paint): string {
  const place = origin === id ? '' : paint('quiet', ` from ${oneLine(origin)}`)
  return `${paint('strong', oneLine(stage))} ${oneLine(id)}${place}\n  ${paint('bad', `${oneLine(error.name)}: ${neutralised(error.message)}`)}\n  ${paint('quiet', `${reason}, ${countOf(attempts, 'attempt')}, ${timeText(at)}`)}\n`
}
