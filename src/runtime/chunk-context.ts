// What a chunk worker gets beside its items.
import type { ChunkContext } from '../model/worker.ts'
import type { Flight } from './flight.ts'
import type { StageContext } from './unit-context.ts'
import { UnitMeta } from './unit-meta.ts'

export function chunkContextOf(stage: StageContext, flight: Flight, units: readonly number[], signal: AbortSignal): ChunkContext {
  const id = flight.idOf(units[0]!)
  const say = (level: 'info' | 'warn' | 'error') => (message: string, data?: object) => stage.onMessage(id, level, message, data)
  let metas: readonly UnitMeta[] | undefined
  return {
    id: `${id}+${units.length}`,
    // Most workers ask for none.
    get items() { return (metas ??= units.map(unit => new UnitMeta(flight, unit))) },
    stage: stage.stage,
    shard: stage.shardOf(flight.origin.lane),
    signal,
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    progress: (done, total) => stage.onMessage(id, 'info', total === undefined ? `${done}` : `${done} of ${total}`, { done, total }),
  }
}
