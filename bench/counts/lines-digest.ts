// A digest of the lines of a file that does not depend on their order.
import { CountsDigest } from './digest.ts'
import { linesOf } from './read-counts.ts'

export async function digestOfLines(file: string): Promise<CountsDigest> {
  const digest = new CountsDigest()
  for await (const line of linesOf(file)) digest.add(line, 1)
  return digest
}
