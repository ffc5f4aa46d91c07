// Word counts as one writes them in Node without a thought: readline, split, a Map. Usage: node plain-node-words.ts INPUT OUTPUT
import { createReadStream, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [input, output] = process.argv.slice(2) as [string, string]
const counts = new Map<string, number>()
for await (const line of createInterface({ input: createReadStream(input) })) {
  for (const word of line.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1)
}
writeFileSync(output, Array.from(counts, ([key, count]) => `${key},${count}\n`).join(''))
