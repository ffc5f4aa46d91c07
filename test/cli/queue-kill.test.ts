// SIGKILL of the manager, again and again: what is committed never runs again, nothing is lost.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import { Workplace } from './workplace.ts'

const itemCount = 60
const parallelism = 4

test('a manager killed at any instant and started again finishes every item, and runs none again that was committed', async t => {
  const names = Array.from({ length: itemCount }, (_, index) => `item-${index}`)
  const place = new Workplace(t, { names: names.join('\n'), runs: '', pids: '' })
  const file = (name: string) => join(place.folder, name)
  const linesOf = (name: string) => readFileSync(file(name), 'utf8').split('\n').filter(line => line !== '')
  const worker = `echo $$ >> ${file('pids')}; sleep 0.02; printf '%s\\n' "$(cat "$WORK_ITEM_FILE")" >> ${file('runs')}`
  const words = ['queue', '--source', 'names', '--worker', worker, '--once', '--parallelism', String(parallelism), '--json']
  let lost = 0
  // At its very start, in the middle of listing, with few and with many done.
  for (const after of [0, 1, 7, 20, 33, 55]) {
    const manager = place.begin(words)
    await Promise.race([until(place.folder, () => linesOf('pids').length > 0 && linesOf('runs').length - lost >= after), manager.ended])
    manager.kill('SIGKILL')
    await manager.ended
    await until(place.folder, () => linesOf('pids').every(pid => !isAlive(Number(pid))))
    lost = linesOf('runs').length - await committed(place.folder)
    assert.ok(lost >= 0, 'nothing is committed that was not run')
  }
  const last = await place.run(words)
  assert.equal(last.code, 0, last.stderr)
  const runs = linesOf('runs')
  assert.deepEqual(new Set(runs.map(line => JSON.parse(line).name)), new Set(names))
  assert.equal(runs.length - itemCount, lost, 'only what was not committed ran again')
  assert.match(last.stdout, new RegExp(`"taken":${itemCount},"done":${itemCount},"failed":0`))
})

/** Items whose outcome is in the store. */
async function committed(folder: string): Promise<number> {
  if (!existsSync(join(folder, '.batchwork', 'store.db'))) return 0
  const log = await openEmbedded(join(folder, '.batchwork'))
  const [counters] = await log.get('queue/counters', ['work'])
  await log.close()
  return counters ? JSON.parse(counters.value).done : 0
}

/** Looked at whenever a file changes, and now and then for what no file tells. */
async function until(folder: string, holds: () => boolean): Promise<void> {
  if (holds()) return
  await new Promise<void>(resolve => {
    const look = () => {
      if (!holds()) return
      watcher.close()
      clearInterval(timer)
      resolve()
    }
    const watcher = watch(folder, look)
    const timer = setInterval(look, 20)
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
