// `redrive`: sends what a stage set aside back to it.
import { redriveIn } from '../client/commands.ts'
import { print, printJson, type GuestFlags } from './guest-options.ts'
import { countOf } from './quantities.ts'
import { withStore } from './store.ts'
import { oneLine } from './terminal-text.ts'

export interface RedriveFlags extends GuestFlags {
  readonly id?: readonly string[] | undefined
  readonly error?: string | undefined
}

export async function redrive(stage: string, flags: RedriveFlags): Promise<void> {
  const redriven = await withStore(flags, log => redriveIn(log, stage, { ids: flags.id, error: flags.error }))
  if (flags.json) return printJson(JSON.stringify({ stage, redriven }))
  if (redriven === 0) return print(`Nothing that was set aside in '${oneLine(stage)}' fits; 'batchwork failures' lists what there is.`)
  print(`${countOf(redriven, 'item')} sent back to '${oneLine(stage)}'. A run that is going on takes ${redriven === 1 ? 'it' : 'them'} at once; else run the pipeline again.`)
}
