// P5: one owner a store. Who is stopped keeps it, who is killed loses it at once, and what an earlier owner sends is refused.
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Log } from '../../src/log.ts'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import { LogError } from '../../src/model/errors.ts'
import { preparedFolder, run, startScript, temporaryFolder } from './command.ts'

const script = fileURLToPath(new URL('fixtures/holder.ts', import.meta.url))

class Holder implements AsyncDisposable {
  readonly process: ChildProcess
  readonly #lines: AsyncIterator<string>
  epoch = 0

  private constructor(folder: string) {
    this.process = startScript(script, folder)
    this.process.stderr!.pipe(process.stderr)
    this.#lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]()
  }

  static async in(folder: string): Promise<Holder> {
    const holder = new Holder(folder)
    holder.epoch = Number((await holder.#line()).split(' ')[1])
    return holder
  }

  commit(value: string): Promise<string> {
    this.process.stdin!.write(`${value}\n`)
    return this.#line()
  }

  async kill(): Promise<void> {
    const exit = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.kill()
  }

  async #line(): Promise<string> {
    return String((await this.#lines.next()).value)
  }
}

async function ownIt(log: Log): Promise<number> {
  let epoch = 0
  await log.join('test', [], { assigned: (_, given) => (epoch = given), revoked: () => {} })
  return epoch
}

const lockedBy = ({ process: { pid } }: Holder) => (error: unknown) => {
  assert.ok(error instanceof LogError)
  assert.equal(error.code, 'LOCKED')
  assert.match(error.message, new RegExp(`process ${pid} on `))
  return true
}

test('a second process is refused with the name of the holder, also while the holder is stopped, and the holder goes on', async () => {
  using folder = temporaryFolder()
  await using holder = await Holder.in(folder.path)
  const log = await openEmbedded(join(folder.path, 'store'))
  await assert.rejects(ownIt(log), lockedBy(holder))
  holder.process.kill('SIGSTOP')
  await assert.rejects(ownIt(log), lockedBy(holder))
  holder.process.kill('SIGCONT')
  assert.equal(await holder.commit('after the stop'), 'committed')
  assert.equal((await log.scan('said')).length, 1)
  await log.close()
})

test('the command on a store that is in use ends with the name of the holder', async () => {
  using folder = preparedFolder()
  await using holder = await Holder.in(folder.path)
  const { code, errors } = await run(folder.path)
  assert.notEqual(code, 0)
  assert.match(errors, new RegExp(`in use by process ${holder.process.pid} on `))
})

test('after the holder is killed another takes over at once, and a commit of its epoch is refused', async () => {
  using folder = temporaryFolder()
  await using holder = await Holder.in(folder.path)
  assert.equal(await holder.commit('before'), 'committed')
  const log = await openEmbedded(join(folder.path, 'store'))
  await holder.kill()
  const epoch = await ownIt(log)
  assert.ok(epoch > holder.epoch)
  const state = [{ store: 'said', key: 'late', value: '1' }]
  await assert.rejects(log.commit({ epoch: holder.epoch, appends: [], progress: [], state }), { code: 'FENCED' })
  assert.deepEqual((await log.scan('said')).map(({ key }) => key), ['before'])
  await log.close()
})

test('a holder killed while it is stopped gives the store free too', async () => {
  using folder = temporaryFolder()
  await using holder = await Holder.in(folder.path)
  holder.process.kill('SIGSTOP')
  await holder.kill()
  const log = await openEmbedded(join(folder.path, 'store'))
  assert.equal(await ownIt(log), holder.epoch + 1)
  await log.close()
})
