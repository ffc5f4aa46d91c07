// What a sink is given: items of whole offsets, with the place they have in the log.
import type { Meta } from '../model/item.ts'
import type { SinkChunk } from '../sink.ts'
import type { Flight } from './flight.ts'
import { UnitMeta } from './unit-meta.ts'

export interface SinkPlace {
  readonly run: string
  readonly subscription: string
  readonly epoch: number
  readonly signal: AbortSignal
}

export function sinkChunk(flight: Flight, units: readonly number[], { run, subscription, epoch, signal }: SinkPlace): SinkChunk<unknown> {
  const { partition } = flight.origin
  const offsets = units.map(unit => flight.offsetOf(unit))
  const isWhole = units.length === flight.unitCount
  let items: readonly unknown[] | undefined
  let metas: readonly Meta[] | undefined
  return {
    id: `${subscription}:${partition}:${offsets[0]}`,
    run, subscription, partition, epoch, signal, offsets,
    ranges: rangesOf(offsets),
    // A list of the sink's own: what it does to it must not reach another attempt.
    get items() { return (items ??= isWhole ? flight.units.values.slice() : units.map(unit => flight.units.values[unit])) },
    get lines() { return isWhole ? flight.units.lines : undefined },
    // Most sinks ask for none.
    get meta() { return (metas ??= units.map(unit => new UnitMeta(flight, unit))) },
  }
}

function rangesOf(offsets: readonly number[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = []
  for (const offset of offsets) {
    const last = ranges.at(-1)
    if (last && offset <= last[1]) last[1] = Math.max(last[1], offset + 1)
    else ranges.push([offset, offset + 1])
  }
  return ranges
}
