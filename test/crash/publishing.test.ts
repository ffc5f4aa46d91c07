// An item whose publish was acknowledged is there, though the process is killed at once.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Log } from '../../src/log.ts'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import { decodeItems } from '../../src/model/items.ts'
import { startScript, temporaryFolder } from './command.ts'

const script = fileURLToPath(new URL('fixtures/publish.ts', import.meta.url))
const rounds = Number(process.env['CRASH_ROUNDS'] ?? 4)

test('every acknowledged item is there, once, after each of several kills', async () => {
  using folder = temporaryFolder()
  const acknowledged: number[] = []
  for (let round = 0; round < rounds; round++) {
    acknowledged.push(...await publishUntilKilled(folder.path, round * 1_000_000, 1 + round * 37))
    const log = await openEmbedded(join(folder.path, 'store'))
    const stored = await numbersIn(log)
    await log.close()
    assert.equal(new Set(stored).size, stored.length, 'an item is there twice')
    assert.deepEqual(acknowledged.filter(number => !stored.includes(number)), [])
  }
  assert.ok(acknowledged.length >= rounds)
})

/** The numbers acknowledged. Killed after so many of them. */
async function publishUntilKilled(folder: string, from: number, count: number): Promise<readonly number[]> {
  const child = startScript(script, folder, {}, [], [String(from)])
  const exit = once(child, 'exit')
  let errors = ''
  child.stderr!.on('data', text => (errors += text))
  const heard: number[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    heard.push(Number(line))
    if (heard.length === count) child.kill('SIGKILL')
  }
  assert.deepEqual(await exit, [null, 'SIGKILL'], errors)
  return heard
}

async function numbersIn(log: Log): Promise<readonly unknown[]> {
  const topic = (await log.topics()).find(({ name }) => name === 'numbers')!
  const found: unknown[] = []
  for (let partition = 0; partition < topic.partitions; partition++) {
    for (let cursor = 0; ; ) {
      const chunks = await log.read({ topic: 'numbers', partition }, cursor, { chunks: 1_000 })
      if (chunks.length === 0) break
      for (const chunk of chunks) found.push(...decodeItems(chunk).values)
      cursor = chunks.at(-1)!.next
    }
  }
  return found
}
