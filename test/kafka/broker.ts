// The broker that tests run on: one for all test files of a run, started by the first that asks. BATCHWORK_TEST_KAFKA=host:port names one that is
// there already. The broker belongs to a process of its own (broker-keeper.ts), which ends it when the run of the tests is over.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { kafkaVersion } from './jars.ts'

const startWithinMs = 240_000
const lookAgainMs = 50

/** 'host:port'. */
export async function testBroker(): Promise<string> {
  const given = process.env['BATCHWORK_TEST_KAFKA']
  if (given) return given
  // Under the test runner each file is a child of the runner, which lives as long as the run.
  const runner = process.env['NODE_TEST_CONTEXT'] === undefined ? process.pid : process.ppid
  const folder = join(tmpdir(), `batchwork-kafka-${kafkaVersion}-run-${runner}`)
  if (isFirst(folder)) spawn(process.execPath, [fileURLToPath(new URL('broker-keeper.ts', import.meta.url)), folder, String(runner)], { detached: true, stdio: 'ignore' }).unref()
  return addressIn(folder)
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

async function addressIn(folder: string): Promise<string> {
  const deadline = performance.now() + startWithinMs
  while (performance.now() < deadline) {
    const said = await readFile(join(folder, 'said'), 'utf8').catch(() => '')
    if (said.startsWith('failed: ')) throw new Error(`Kafka ${said}`)
    if (said !== '') return said
    await pause(lookAgainMs)
  }
  throw new Error(`Kafka did not start within ${startWithinMs / 1_000} s; ${join(folder, 'log')} says why`)
}
