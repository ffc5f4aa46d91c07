// P6: a full disk is reported and waited out; after a failed sync nothing more is believed, the process ends, and the same command given
// again ends with what an undisturbed run gives. By default a few of the syncs fail, CRASH_POINTS=all: each of 36.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, suite, test } from 'node:test'
import { needs } from '../needs.ts'
import { ended, preparedFolder, resultsIn, run, start } from './command.ts'

const points = process.env['CRASH_POINTS'] === 'all' ? Array.from({ length: 36 }, (_, index) => index + 1) : [1, 9, 30]
const size = 1_000

let expected: Readonly<Record<string, unknown>>

before(async () => {
  using folder = preparedFolder(size)
  expected = resultsIn(folder.path, await run(folder.path))
})

suite('a disk that fails', { concurrency: 1 }, () => {
  for (const point of points) {
    test(`a failed sync of the log (number ${point}) ends the process with an error, and the same command completes`, { skip: needs('strace') }, async () => {
      using folder = preparedFolder(size)
      mkdirSync(join(folder.path, 'store'))
      const { code, errors } = await run(folder.path, {}, failing(folder.path, 'store.db-wal', point))
      assert.equal(code, 1)
      assert.match(errors, /STORE_FAILED/)
      assert.match(errors, /the disk of .*store\.db failed .*run the same command again/)
      const again = await run(folder.path)
      assert.equal(again.code, 0, again.errors)
      assert.deepEqual(resultsIn(folder.path, again), expected)
    })
  }

  test('a failed sync of the head ends the process with an error, and the same command completes', { skip: needs('strace') }, async () => {
    using folder = preparedFolder(size)
    mkdirSync(join(folder.path, 'store'))
    const { code, errors } = await run(folder.path, {}, failing(folder.path, 'head', 1))
    assert.equal(code, 1)
    assert.match(errors, /STORE_FAILED/)
    const again = await run(folder.path)
    assert.equal(again.code, 0, again.errors)
    assert.deepEqual(resultsIn(folder.path, again), expected)
  })

  test('a full disk is reported, and the run goes on when there is space again', { skip: mayMount() }, async () => {
    using folder = preparedFolder(size)
    const store = join(folder.path, 'store')
    mkdirSync(store)
    mount(store, '24m')
    try {
      fillUp(join(store, 'filler'), 24 * 2 ** 20 - 400_000)
      const child = start(folder.path)
      let freed = false
      child.stderr!.on('data', text => {
        if (freed || !String(text).includes('is full')) return
        freed = true
        rmSync(join(store, 'filler'))
      })
      const done = await ended(child)
      assert.equal(done.code, 0, done.errors)
      assert.equal(freed, true, 'the disk was never full')
      assert.match(done.errors, /the disk of .*store\.db is full; nothing of the last commit was stored/)
      assert.deepEqual(resultsIn(folder.path, done), expected)
    } finally {
      spawnSync('umount', [store])
    }
  })

  for (const room of [40_000, 400_000]) {
    test(`a disk with ${room} bytes left, and a kill: nothing is half there, and the same command completes`, { skip: mayMount() }, async () => {
      using folder = preparedFolder(size)
      const store = join(folder.path, 'store')
      mkdirSync(store)
      mount(store, '24m')
      try {
        fillUp(join(store, 'filler'), 24 * 2 ** 20 - room)
        const child = start(folder.path)
        child.stderr!.on('data', text => String(text).includes('is full') && child.kill('SIGKILL'))
        const full = await ended(child)
        assert.notEqual(full.code, 0, 'the disk was never full')
        assert.match(full.errors, /is full/)
        rmSync(join(store, 'filler'))
        const again = await run(folder.path)
        assert.equal(again.code, 0, again.errors)
        assert.deepEqual(resultsIn(folder.path, again), expected)
      } finally {
        spawnSync('umount', [store])
      }
    })
  }
})

function failing(folder: string, file: string, point: number): readonly string[] {
  return ['strace', '-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', '-P', join(folder, 'store', file), '-e', 'trace=fsync,fdatasync', '-e', `inject=fsync,fdatasync:error=EIO:when=${point}`]
}

/** As much as there is room for. */
function fillUp(file: string, bytes: number): void {
  writeFileSync(file, Buffer.alloc(bytes))
}

function mount(folder: string, bytes: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

function mayMount(): string | false {
  using folder = preparedFolder(1)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder.path])
  if (status !== 0) return 'needs the right to mount a small disk in memory'
  spawnSync('umount', [folder.path])
  return false
}
