// `pause` and `resume`: a stage, or one of its shards, takes nothing new until it is resumed. Kept in the store, so it outlives the run.
import { pauseIn } from '../client/commands.ts'
import { print, printJson, type GuestFlags } from './guest-options.ts'
import { withStore } from './store.ts'
import { oneLine } from './terminal-text.ts'

export async function pause(stage: string, flags: GuestFlags & { readonly shard?: string | undefined }, isPaused: boolean): Promise<void> {
  await withStore(flags, log => pauseIn(log, stage, flags.shard, isPaused))
  if (flags.json) return printJson(JSON.stringify({ stage, shard: flags.shard ?? null, paused: isPaused }))
  const what = flags.shard === undefined ? `Stage '${oneLine(stage)}'` : `Shard '${oneLine(flags.shard)}' of '${oneLine(stage)}'`
  print(isPaused ? `${what} is paused: it takes nothing new until it is resumed.` : `${what} goes on.`)
}
