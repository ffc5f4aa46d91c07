// P7: a flipped bit or a file cut short gives the right answer or an error that names the file; never another answer, a hang or an end
// without a word. CRASH_DAMAGES=1000 tries more, CRASH_SEED=n other ones.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import { LogError } from '../../src/model/errors.ts'
import { generator } from '../../src/reducers/seeded-random.ts'
import { ended, startScript, temporaryFolder } from './command.ts'
import { contentsOf } from './contents.ts'
import { fill } from './fixtures/fill.ts'

const damages = Number(process.env['CRASH_DAMAGES'] ?? 70)
const seed = Number(process.env['CRASH_SEED'] ?? 1)
const atOnce = 2
/** A store that was closed has no write-ahead log; that of one that was killed has every page that the database has. */
const targets: readonly (readonly [Ending, string])[] = [
  ['closed', 'store.db'], ['closed', 'store.db'], ['closed', 'store.db'], ['killed', 'store.db-wal'], ['killed', 'store.db-wal'], ['killed', 'store.db'], ['closed', 'head'], ['killed', 'head'],
]
const hangMs = 20_000

const script = fileURLToPath(new URL('fixtures/fill.ts', import.meta.url))
const made = temporaryFolder()
const expected = new Map<Ending, Answers>()

type Ending = 'closed' | 'killed'

before(async () => {
  for (const ending of ['closed', 'killed'] as const) {
    const { code, signal, errors } = await ended(startScript(script, made.path, {}, [], [ending]))
    assert.ok(ending === 'closed' ? code === 0 : signal === 'SIGKILL', errors)
    expected.set(ending, await answersOf(ending, 'copy', () => {}))
    assert.ok(expected.get(ending)!.now.length > 10_000)
  }
})

after(() => made[Symbol.dispose]())

test('a damaged store gives the right answer or names the damage', async () => {
  const random = generator(seed)
  const counts: Record<string, number> = {}
  const wrong: string[] = []
  let number = 0
  const work = async () => {
    while (number < damages) {
      const trial = ++number
      const [ending, file] = targets[Math.floor(random() * targets.length)]!
      const [isCut, place, bit] = [random() < 0.2, random(), Math.floor(random() * 8)]
      const what = `${ending} store, ${isCut ? 'cut' : `bit ${bit}`} at ${place} of ${file}`
      const said = await answersOf(ending, `trial-${trial}`, folder => damage(join(folder, file), isCut, place, bit)).then(answers => verdict(answers, expected.get(ending)!), nameOf)
      const kind = `${ending} ${file} ${isCut ? 'cut' : 'flipped'}: ${said}`
      counts[kind] = (counts[kind] ?? 0) + 1
      if (!accepted.includes(said)) wrong.push(`${what}: ${said}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  if (process.env['CRASH_SHOW'] !== undefined) console.log(counts)
  assert.deepEqual(wrong, [], `seed ${seed}`)
  assert.ok(Object.keys(counts).some(said => said.endsWith('DAMAGED')), 'no damage was ever noticed')
})

test('a record that can no longer be found, because a bit of its name is flipped, is missed', async () => {
  const bytes = readFileSync(join(made.path, 'closed', 'store.db'))
  const wrong: string[] = []
  for (const name of ['readers', 'others', 'totals', 'places', 'orders', 'kept']) {
    for (const place of placesOf(bytes, name, 2)) {
      const flip = (folder: string) => {
        const flipped = Buffer.from(bytes)
        flipped[place]! ^= 1
        writeFileSync(join(folder, 'store.db'), flipped)
      }
      const said = await answersOf('closed', `name-${name}-${place}`, flip).then(answers => verdict(answers, expected.get('closed')!), nameOf)
      if (!accepted.includes(said)) wrong.push(`${name} at byte ${place}: ${said}`)
    }
  }
  assert.deepEqual(wrong, [])
})

for (const file of ['store.db', 'store.db-wal'] as const) {
  test(`a store without its ${file} is named as damaged, and stays as it is`, async () => {
    await assert.rejects(answersOf('killed', `without-${file}`, folder => rmSync(join(folder, file))), { code: 'DAMAGED', message: /store\.db is damaged.*Restore/ })
  })

  test(`a store whose ${file} is empty is named as damaged`, async () => {
    await assert.rejects(answersOf('killed', `empty-${file}`, folder => truncateSync(join(folder, file), 0)), { code: 'DAMAGED' })
  })
}

test('a file that is no database is named as damaged', async () => {
  const folder = join(made.path, 'text')
  mkdirSync(folder)
  writeFileSync(join(folder, 'store.db'), 'These are a few lines of text, as a careless editor leaves them.\n'.repeat(100))
  await assert.rejects(openEmbedded(folder), { code: 'DAMAGED', message: /store\.db is damaged.*not a database.*Restore/ })
})

const accepted = ['the right answer', 'DAMAGED', 'NEWER_STORE']

interface Answers {
  readonly now: string
  /** After the store was written to. */
  readonly later: string
}

/** Copies the store, damages it, reads all of it, writes to it, reads all of it again. */
async function answersOf(ending: Ending, copy: string, damageIt: (folder: string) => void): Promise<Answers> {
  const folder = join(made.path, copy)
  cpSync(join(made.path, ending), folder, { recursive: true })
  damageIt(folder)
  const log = await withinTime(openEmbedded(folder))
  try {
    const now = await withinTime(contentsOf(log))
    await withinTime(fill(log, 200, 206))
    const later = await withinTime(contentsOf(log, isLasting))
    return { now, later }
  } finally {
    await withinTime(log.close())
    rmSync(folder, { recursive: true })
  }
}

/** What is consumed goes at some time; when it was written differs. */
function isLasting(name: string, value: unknown): unknown {
  if (name === 'at' || name === 'start') return undefined
  return name === 'chunks' ? (value as readonly { topic: string }[]).filter(({ topic }) => topic === 'kept') : value
}

/** Some of the places where the text is, spread over the file. */
function placesOf(bytes: Buffer, text: string, count: number): readonly number[] {
  const places: number[] = []
  for (let place = bytes.indexOf(text); place >= 0; place = bytes.indexOf(text, place + 1)) places.push(place)
  return Array.from({ length: count }, (_, index) => places[Math.floor((index * places.length) / count)]!)
}

function damage(file: string, isCut: boolean, place: number, bit: number): void {
  const bytes = readFileSync(file)
  const index = Math.floor(place * bytes.length)
  if (isCut) return truncateSync(file, index)
  bytes[index]! ^= 1 << bit
  writeFileSync(file, bytes)
}

function verdict({ now, later }: Answers, right: Answers): string {
  if (now !== right.now) return 'ANOTHER ANSWER'
  return later === right.later ? 'the right answer' : 'ANOTHER ANSWER once it was written to'
}

function nameOf(error: unknown): string {
  if (error instanceof LogError && error.message.includes('store.db')) return error.code
  return `${(error as Error).name} ${(error as { code?: string }).code}: ${(error as Error).message}`
}

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('HANG')), hangMs)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
