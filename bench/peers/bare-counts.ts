// The bare prototype of a count by a function on each line: threads that read blocks of a byte range, cut lines out of a string and count in a Map.
// No progress is kept, an error ends it, and memory grows with the keys. Usage: node bare-counts.ts page|word THREADS INPUT OUTPUT
import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { pageOf } from '../subjects/pipelines/page-of.ts'

interface Part {
  readonly counted: 'page' | 'word'
  readonly input: string
  readonly from: number
  readonly to: number
}

type Take = (line: string, add: (key: string) => void) => void

const blockBytes = 1 << 20

const takes: Readonly<Record<Part['counted'], Take>> = {
  page: (line, add) => add(pageOf(line)),
  word: (line, add) => { for (const word of line.split(' ')) add(word) },
}

/** A line belongs to the part in which it begins. */
function countPart({ counted, input, from, to }: Part): Map<string, number> {
  const counts = new Map<string, number>()
  const add = (key: string) => {
    const count = counts.get(key)
    // A copy at first sight: a slice would keep its whole block alive.
    if (count === undefined) counts.set(Buffer.from(key, 'latin1').toString('latin1'), 1)
    else counts.set(key, count + 1)
  }
  const take = takes[counted]
  const descriptor = openSync(input, 'r')
  const block = Buffer.allocUnsafe(blockBytes)
  let [position, rest, skipsFirst] = [from === 0 ? 0 : from - 1, '', from > 0]
  while (true) {
    const text = rest + block.toString('latin1', 0, readSync(descriptor, block, 0, blockBytes, position + rest.length))
    if (text === rest) break
    let begin = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', begin)) {
      if (skipsFirst) skipsFirst = false
      else if (position + begin < to) take(text.slice(begin, end), add)
      else return closed(descriptor, counts)
      begin = end + 1
    }
    position += begin
    rest = text.slice(begin)
  }
  if (rest !== '' && !skipsFirst && position < to) take(rest, add)
  return closed(descriptor, counts)
}

function closed<Value>(descriptor: number, value: Value): Value {
  closeSync(descriptor)
  return value
}

async function countIn(threads: number, counted: Part['counted'], input: string): Promise<Map<string, number>> {
  const descriptor = openSync(input, 'r')
  const bytes = closed(descriptor, fstatSync(descriptor).size)
  const parts = Array.from({ length: threads }, (_, index): Part => ({ counted, input, from: Math.floor((bytes * index) / threads), to: Math.floor((bytes * (index + 1)) / threads) }))
  const maps = await Promise.all(parts.map(async part => {
    const [map] = await once(new Worker(new URL(import.meta.url), { workerData: part }), 'message') as [Map<string, number>]
    return map
  }))
  const [sums, ...others] = maps as [Map<string, number>, ...Map<string, number>[]]
  for (const other of others) for (const [key, count] of other) sums.set(key, (sums.get(key) ?? 0) + count)
  return sums
}

if (isMainThread) {
  const [counted, threads, input, output] = process.argv.slice(2) as [Part['counted'], string, string, string]
  const counts = await countIn(Number(threads), counted, input)
  writeFileSync(output, Array.from(counts, ([key, count]) => `${key},${count}\n`).join(''), 'latin1')
} else {
  parentPort!.postMessage(countPart(workerData as Part))
}
