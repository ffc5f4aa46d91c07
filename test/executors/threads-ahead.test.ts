import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { startAhead, takeThread } from '../../src/executors/threads-ahead.ts'

const entry = new URL(`data:text/javascript,${encodeURIComponent(`
  import { parentPort, threadId } from 'node:worker_threads'
  parentPort.on('message', () => parentPort.postMessage(threadId))
`)}`)
const module = new URL('../../src/executors/threads-ahead.ts', import.meta.url).href

void test('a thread that was started ahead is taken once, and a new one by who comes after', async () => {
  const ahead = startAhead(entry)!
  const [first, second] = [takeThread(entry), takeThread(entry)]
  assert.equal(first, ahead)
  assert.notEqual(second, ahead)
  first.postMessage('who are you?')
  assert.deepEqual(await once(first, 'message'), [first.threadId])
  await Promise.all([first.terminate(), second.terminate()])
})

void test('one of other limits is not taken', async () => {
  const ahead = startAhead(entry, { resourceLimits: { maxOldGenerationSizeMb: 64 } })!
  const other = takeThread(entry, { resourceLimits: { maxOldGenerationSizeMb: 65 } })
  assert.notEqual(other, ahead)
  assert.equal(takeThread(entry, { resourceLimits: { maxOldGenerationSizeMb: 64 } }), ahead)
  await Promise.all([ahead.terminate(), other.terminate()])
})

void test('one that has ended is not taken', async () => {
  const ahead = startAhead(entry)!
  await ahead.terminate()
  const taken = takeThread(entry)
  assert.notEqual(taken, ahead)
  await taken.terminate()
})

void test('one that nobody takes holds no process open, and its failing ends none', () => {
  const fails = 'data:text/javascript,throw new Error("fails")'
  const program = `
    import { startAhead } from '${module}'
    startAhead(new URL(${JSON.stringify(entry.href)}))
    const untilThen = setInterval(() => {}, 1_000)
    startAhead(new URL(${JSON.stringify(fails)})).once('exit', () => {
      console.log('the other ended')
      clearInterval(untilThen)
    })`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8', timeout: 20_000 })
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'the other ended\n', stderr: '' })
})
