// A file of lines, written in blocks of about 1 MB so that gigabytes need no memory, and then read once so that the page cache holds it.
import { closeSync, openSync, readSync, writeSync } from 'node:fs'

const blockCharacters = 1 << 20

/** Bytes written. Lines are ASCII, without their line break. */
export function writeLines(file: string, lines: number, lineOf: (index: number) => string): number {
  const descriptor = openSync(file, 'w')
  let [block, bytes] = ['', 0]
  const flush = () => {
    bytes += writeSync(descriptor, Buffer.from(block, 'latin1'))
    block = ''
  }
  for (let index = 0; index < lines; index++) {
    block += `${lineOf(index)}\n`
    if (block.length >= blockCharacters) flush()
  }
  flush()
  closeSync(descriptor)
  readOnce(file)
  return bytes
}

function readOnce(file: string): void {
  const descriptor = openSync(file, 'r')
  const block = Buffer.allocUnsafe(blockCharacters)
  while (readSync(descriptor, block) > 0);
  closeSync(descriptor)
}
