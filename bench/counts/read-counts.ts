// Reads what a contender wrote: a file, or a folder of part files as Spark leaves them.
import { createReadStream, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CountsDigest } from './digest.ts'

/** How a contender writes an entry: 'key,count', as CSV without quotes (with or without the header row 'key,value'), or as `uniq -c` does. */
export type CountsForm = 'key,count' | 'count key'

const header = 'key,value'

export async function digestOf(output: string, form: CountsForm): Promise<CountsDigest> {
  const digest = new CountsDigest()
  const take = form === 'key,count' ? takeKeyFirst : takeCountFirst
  for (const file of filesOf(output)) {
    for await (const line of linesOf(file)) {
      if (line !== header && line !== '') take(line, digest)
    }
  }
  return digest
}

function takeKeyFirst(line: string, digest: CountsDigest): void {
  const comma = line.lastIndexOf(',')
  digest.add(line.slice(0, comma), countOf(line.slice(comma + 1), line))
}

function takeCountFirst(line: string, digest: CountsDigest): void {
  const trimmed = line.trimStart()
  const space = trimmed.indexOf(' ')
  digest.add(trimmed.slice(space + 1), countOf(trimmed.slice(0, space), line))
}

function countOf(text: string, line: string): number {
  const count = Number(text)
  if (text === '' || !Number.isSafeInteger(count)) throw new Error(`Got the line '${line}'; expected a key and a count.`)
  return count
}

function filesOf(output: string): readonly string[] {
  if (statSync(output).isFile()) return [output]
  return readdirSync(output).filter(name => name.startsWith('part-')).map(name => join(output, name))
}

/** A loop over blocks: node:readline takes several times as long for ten million lines. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = ''
  for await (const block of createReadStream(file, { encoding: 'latin1', highWaterMark: 1 << 20 }) as AsyncIterable<string>) {
    const lines = (rest + block).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  if (rest !== '') yield rest
}
