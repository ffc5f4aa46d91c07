// The lines of a stream of text, each bounded in length: a file without line ends is not read into memory.
import { StringDecoder } from 'node:string_decoder'
import { SourceError } from '../sources/source-error.ts'

/** A thousand lines at a time at most; what has come goes on without waiting for more. Throws SourceError for a line of more than `charactersMax`. */
export async function* boundedLines(stream: AsyncIterable<Buffer>, charactersMax: number, place: string): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder()
  let rest = ''
  for await (const part of stream) {
    const lines = (rest + decoder.write(part)).split('\n')
    rest = lines.pop()!
    if (rest.length > charactersMax || lines.some(line => line.length > charactersMax)) throw new SourceError(`${place} has a line of more than ${charactersMax} characters; is it a list of one item a line?`)
    for (let at = 0; at < lines.length; at += linesAtOnce) yield lines.slice(at, at + linesAtOnce)
  }
  const last = rest + decoder.end()
  if (last !== '') yield [last]
}

const linesAtOnce = 1_000
