// Owns the broker of a run of tests: `node broker-keeper.ts FOLDER RUNNER-PID`. Ends it, and removes its data, when the runner is gone.
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startBroker } from './broker-process.ts'

const lookMs = 300

const [folder = '', runner = ''] = process.argv.slice(2)

try {
  const broker = await startBroker(folder)
  await say(broker.address)
  while (lives(Number(runner)) && broker.child.exitCode === null) await pause(lookMs)
  await broker.kill()
} catch (error) {
  await say(`failed: ${error instanceof Error ? error.message : String(error)}`)
  while (lives(Number(runner))) await pause(lookMs)
}
await rm(folder, { recursive: true, force: true })

/** Seen whole or not at all. */
async function say(text: string): Promise<void> {
  await writeFile(join(folder, 'saying'), text)
  await rename(join(folder, 'saying'), join(folder, 'said'))
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
