// What the tests of all sinks need: chunks as the runtime makes them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { addRange, type Range } from '../../src/model/ranges.ts'
import type { SinkChunk } from '../../src/sink.ts'

export function temporaryFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface ChunkOptions {
  /** Default: 'run 1'. */
  readonly run?: string
  readonly subscription?: string
  readonly partition?: number
  readonly epoch?: number
}

/** The items of the offsets from `from` on. */
export function chunkOf<T>(from: number, items: readonly T[], options: ChunkOptions = {}): SinkChunk<T> {
  return chunkAt(items.map((item, index) => [from + index, item] as const), options)
}

export function chunkAt<T>(entries: readonly (readonly [offset: number, item: T])[], options: ChunkOptions = {}): SinkChunk<T> {
  const ranges: Range[] = []
  for (const [offset] of entries) addRange(ranges, offset, offset + 1)
  return {
    id: `chunk ${JSON.stringify(ranges)}`, run: 'run 1', subscription: 'stage', partition: 0, epoch: 1, ...options, ranges,
    items: entries.map(([, item]) => item), offsets: entries.map(([offset]) => offset),
    meta: entries.map(([offset]) => ({ id: `item ${offset}`, key: undefined, time: new Date(0), headers: {}, origin: `item ${offset}` })),
    signal: new AbortController().signal,
  }
}
