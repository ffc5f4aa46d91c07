// P3: what was acknowledged survives a power cut, and the same command completes with what an undisturbed run gives. The calls that a real process
// made of its disk are recorded; from them the disks are built that a cut after any of them may leave (disk/disk.ts says what may be lost), and each
// is opened for real. CRASH_IMAGES=n builds n of each kind, CRASH_SEED=n other ones.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Log } from '../../src/log.ts'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import { decodeItems } from '../../src/model/items.ts'
import { generator } from '../../src/reducers/seeded-random.ts'
import { needs } from '../needs.ts'
import { ended, preparedFolder, resultsIn, run, startScript, temporaryFolder, type Ended } from './command.ts'
import { sameCalls } from './command-line.ts'
import { Disk } from './disk/disk.ts'
import { operationsIn, recordingTo, type Operation } from './disk/recording.ts'
import { prepareInputs } from './fixtures/everything.ts'

const seed = Number(process.env['CRASH_SEED'] ?? 1)
const images = (few: number) => Number(process.env['CRASH_IMAGES'] ?? few)
const publish = fileURLToPath(new URL('fixtures/publish.ts', import.meta.url))
const skip = needs('strace')
const pipelineSize = 24

suite('every acknowledged publish is there, once, after a power cut', { skip }, () => {
  let operations: readonly Operation[]

  before(async () => {
    using folder = temporaryFolder()
    const home = join(folder.path, 'home')
    mkdirSync(home)
    const { code, errors } = await ended(startScript(publish, home, { ...sameCalls, COUNT: '150' }, recordingTo(join(folder.path, 'trace')), ['0']))
    assert.equal(code, 0, errors)
    operations = operationsIn(join(folder.path, 'trace'), home)
    assert.equal(numbersSaid(operations).length, 150)
  })

  test('at any point', async () => {
    const random = generator(seed)
    for (let number = 0; number < images(25); number++) {
      const made = operations.slice(0, Math.floor(random() * (operations.length + 1)))
      const stored = await numbersAfterCut(made, random)
      assert.deepEqual(numbersSaid(made).filter(said => !stored.includes(said)), [], `seed ${seed}, image ${number}: acknowledged and lost, cut after call ${made.length} of ${operations.length}`)
      assert.equal(new Set(stored).size, stored.length, 'an item is there twice')
    }
  })

  test('and not where the disk ignores syncs: the check can fail', async () => {
    const random = generator(seed)
    const unsynced = operations.filter(({ kind }) => kind !== 'sync')
    const lost = new Set<unknown>()
    for (let number = 0; number < 8 && lost.size === 0; number++) {
      const stored = await numbersAfterCut(unsynced, random)
      for (const said of numbersSaid(unsynced)) if (!stored.includes(said)) lost.add(said)
    }
    assert.ok(lost.size > 0)
  })
})

async function numbersAfterCut(made: readonly Operation[], random: () => number): Promise<readonly unknown[]> {
  using folder = temporaryFolder()
  const disk = new Disk(new Map([['', 'folder']]))
  for (const operation of made) disk.apply(operation)
  disk.writeImage(folder.path, random)
  return await numbersIn(join(folder.path, 'store'))
}

function numbersSaid(operations: readonly Operation[]): readonly number[] {
  return operations.flatMap(operation => (operation.kind === 'said' ? operation.text.trim().split('\n').map(Number) : []))
}

async function numbersIn(store: string): Promise<readonly unknown[]> {
  const log = await openEmbedded(store)
  try {
    const topic = (await log.topics()).find(({ name }) => name === 'numbers')
    const found: unknown[] = []
    for (let partition = 0; partition < (topic?.partitions ?? 0); partition++) found.push(...await valuesIn(log, partition))
    return found
  } finally {
    await log.close()
  }
}

async function valuesIn(log: Log, partition: number): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for (let cursor = 0; ; ) {
    const chunks = await log.read({ topic: 'numbers', partition }, cursor, { chunks: 1_000 })
    if (chunks.length === 0) return found
    for (const chunk of chunks) found.push(...decodeItems(chunk).values)
    cursor = chunks.at(-1)!.next
  }
}

suite('a run that a power cut ended completes with what an undisturbed run gives', () => {
  let expected: Readonly<Record<string, unknown>>

  before(async () => {
    if (skip) return
    using folder = preparedFolder(pipelineSize)
    expected = resultsIn(folder.path, await run(folder.path, sameCalls))
  })

  test('cut at any point, with sinks of files and tables, retries, barriers and a reduce', { skip }, async () => {
    using folder = temporaryFolder()
    const trace = join(folder.path, 'trace')
    const home = join(folder.path, 'home')
    mkdirSync(home)
    prepareInputs(home, pipelineSize)
    const inputs = contentIn(home)
    const clean = await run(home, sameCalls, recordingTo(trace))
    assert.equal(clean.code, 0, clean.errors)
    const operations = operationsIn(trace, home)
    const random = generator(seed)
    const wrong: string[] = []
    for (let number = 0; number < images(8); number++) {
      const cut = Math.floor(random() * (operations.length + 1))
      const disk = new Disk(inputs)
      for (const operation of operations.slice(0, cut)) disk.apply(operation)
      rmSync(home, { recursive: true })
      mkdirSync(home)
      disk.writeImage(home, random)
      const found = await run(home, sameCalls).then(again => problemIn(home, again, expected))
      if (found) wrong.push(`image ${number}, cut after call ${cut} of ${operations.length}: ${found}`)
    }
    assert.deepEqual(wrong, [], `seed ${seed}`)
  })
})

function problemIn(folder: string, again: Ended, expected: Readonly<Record<string, unknown>>): string | undefined {
  if (again.code !== 0) return again.errors
  try {
    assert.deepEqual(resultsIn(folder, again), expected)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** By path within the folder. */
function contentIn(folder: string): ReadonlyMap<string, Buffer | 'folder'> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return new Map([['', 'folder' as const], ...paths.map(path => [path, statSync(join(folder, path)).isDirectory() ? 'folder' : readFileSync(join(folder, path))] as const)])
}
