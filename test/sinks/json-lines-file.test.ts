import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import fc from 'fast-check'
import { FencedError } from '../../src/model/errors.ts'
import { jsonLinesFile } from '../../src/sinks/json-lines-file.ts'
import { pathsOf } from '../../src/sinks/staging/folder.ts'
import { needs } from '../needs.ts'
import { chunkAt, chunkOf, temporaryFolder } from './writing.ts'

function numbersIn(path: string): number[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1).map(Number)
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

test('the file appears when the run has completed, in place of the old one, with no more than the journal left', async test => {
  const folder = temporaryFolder(test)
  const path = join(folder, 'out.jsonl')
  const sink = jsonLinesFile(path)
  for (const last of [3, 5]) {
    const run = `run ${last}`
    await sink.write(chunkOf(0, upTo(2), { run }))
    await sink.write(chunkOf(2, upTo(last).slice(2), { run }))
    assert.equal(existsSync(path), last === 5)
    await sink.finish!('completed', run)
    assert.deepEqual(numbersIn(path), upTo(last))
    assert.deepEqual(readdirSync(folder), ['.out.jsonl.batchwork', 'out.jsonl'])
    assert.deepEqual(readdirSync(pathsOf(path).folder), last === 3 ? ['published'] : ['earlier', 'published'])
  }
})

test('what is stored as lines is written as it is, unless some of it was delivered before', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const sink = jsonLinesFile(path)
  const lined = (from: number, numbers: readonly number[]) => ({ ...chunkOf(from, numbers), lines: numbers.map(number => `${number}.0\n`).join('') })
  await sink.write(lined(0, [0, 1]))
  await sink.write(lined(0, [0, 1]))
  await sink.write(lined(1, [1, 2]))
  await sink.write(lined(3, [3]))
  await sink.finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), '0.0\n1.0\n2\n3.0\n')
})

test('an aborted run leaves the old file and no trace', async test => {
  const folder = temporaryFolder(test)
  const path = join(folder, 'out.jsonl')
  writeFileSync(path, 'old\n')
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(0, ['new']))
  await sink.finish!('aborted', 'run 1')
  await sink.finish!('aborted', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), 'old\n')
  assert.deepEqual(readdirSync(folder), ['out.jsonl'])
})

test('a finish that is repeated keeps the file, in the same process and in another', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(0, [0]))
  await sink.finish!('completed', 'run 1')
  await sink.finish!('completed', 'run 1')
  await jsonLinesFile(path).finish!('completed', 'run 1')
  assert.deepEqual(numbersIn(path), [0])
})

test('a run without writes makes an empty file, also in place of another run\'s, and its repeated finish leaves the file alone', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  await jsonLinesFile(path).finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), '')
  writeFileSync(path, 'not of a run\n')
  await jsonLinesFile(path).finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), 'not of a run\n')
  await jsonLinesFile(path).finish!('completed', 'run 2')
  assert.equal(readFileSync(path, 'utf8'), '')
})

test('offsets without items replace an old file by an empty one', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  writeFileSync(path, 'old\n')
  const sink = jsonLinesFile(path)
  await sink.write({ ...chunkOf(0, []), ranges: [[0, 7]] })
  await sink.finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), '')
})

test('partitions that write at once each give their items once, in whatever order and however often they come', async test => {
  const folder = temporaryFolder(test)
  let number = 0
  const delivery = fc.record({ from: fc.nat(20), count: fc.integer({ min: 1, max: 8 }), partition: fc.nat(2), reopen: fc.boolean() })
  await fc.assert(fc.asyncProperty(fc.array(delivery, { minLength: 1, maxLength: 12 }), async deliveries => {
    const path = join(folder, `${number++}.jsonl`)
    let sink = jsonLinesFile(path)
    let writes: Promise<void>[] = []
    for (const { from, count, partition, reopen } of deliveries) {
      if (reopen) {
        await Promise.all(writes)
        writes = []
        sink = jsonLinesFile(path)
      }
      writes.push(sink.write(chunkOf(from, upTo(count).map(index => partition * 1_000 + from + index), { partition })))
    }
    await Promise.all(writes)
    await sink.finish!('completed', 'run 1')
    const expected = new Set(deliveries.flatMap(({ from, count, partition }) => upTo(count).map(index => partition * 1_000 + from + index)))
    assert.deepEqual(numbersIn(path).toSorted((a, b) => a - b), [...expected].toSorted((a, b) => a - b))
  }), { numRuns: 60 })
})

test('a write cut off at any byte of data or journal is made good: nothing acknowledged is lost, nothing comes twice', async test => {
  const folder = temporaryFolder(test)
  const path = join(folder, 'out.jsonl')
  const stage = pathsOf(path)
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(0, [0, 1, 2]))
  await sink.write(chunkOf(3, [3, 4]))
  const [data, journal] = [statSync(stage.data).size, statSync(stage.journal).size]
  await sink.write(chunkOf(5, [5, 6]))
  const [dataEnd, journalEnd] = [statSync(stage.data).size, statSync(stage.journal).size]
  cpSync(stage.folder, join(folder, 'copy'), { recursive: true })
  for (let dataLength = data; dataLength <= dataEnd; dataLength++) {
    for (let journalLength = journal; journalLength <= journalEnd; journalLength += dataLength === data || dataLength === dataEnd ? 1 : 13) {
      rmSync(path, { force: true })
      rmSync(stage.folder, { recursive: true, force: true })
      cpSync(join(folder, 'copy'), stage.folder, { recursive: true })
      truncateSync(stage.data, dataLength)
      truncateSync(stage.journal, journalLength)
      const again = jsonLinesFile(path)
      // What was not acknowledged comes again with other borders, and more with it.
      await again.write(chunkOf(4, [4, 5], { epoch: 2 }))
      await again.write(chunkOf(6, [6, 7], { epoch: 2 }))
      await again.finish!('completed', 'run 1')
      assert.deepEqual(numbersIn(path), upTo(8), `data ${dataLength}, journal ${journalLength}`)
    }
  }
})

test('bytes of the last write that did not reach the disk are not believed', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const stage = pathsOf(path)
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(0, [0, 1]))
  await sink.write(chunkOf(2, [2, 3]))
  const data = readFileSync(stage.data)
  writeFileSync(stage.data, data.fill(0, 5))
  const again = jsonLinesFile(path)
  await again.write(chunkOf(2, [2, 3]))
  await again.finish!('completed', 'run 1')
  assert.deepEqual(numbersIn(path), upTo(4))
})

test('damage to what was committed is named, in the data and in the journal', async test => {
  const folder = temporaryFolder(test)
  const path = join(folder, 'out.jsonl')
  const stage = pathsOf(path)
  const sink = jsonLinesFile(path)
  for (const offset of upTo(3)) await sink.write(chunkOf(offset, [offset]))
  for (const file of [stage.data, stage.journal]) {
    const bytes = readFileSync(file)
    writeFileSync(file, Buffer.from(bytes).fill(bytes[0]! ^ 1, 0, 1))
    await assert.rejects(jsonLinesFile(path).write(chunkOf(3, [3])), /is damaged .*start a new run/)
    writeFileSync(file, bytes)
  }
  await jsonLinesFile(path).write(chunkOf(3, [3]))
})

test('a finish that was killed at any step is repeated', async test => {
  const folder = temporaryFolder(test)
  const path = join(folder, 'out.jsonl')
  const stage = pathsOf(path)
  const copy = join(folder, 'copy')
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(0, [0, 1]))
  // Keeps the folder as it is when the last entry is on disk, and not yet renamed.
  mkdirSync(path)
  await assert.rejects(sink.finish!('completed', 'run 1'), /cannot be written/)
  rmSync(path, { recursive: true })
  cpSync(stage.folder, copy, { recursive: true })
  const finished = readFileSync(stage.data)
  const restored = (hasData: boolean) => {
    rmSync(stage.folder, { recursive: true, force: true })
    cpSync(copy, stage.folder, { recursive: true })
    writeFileSync(path, hasData ? 'old\n' : finished)
    if (!hasData) rmSync(stage.data)
  }
  for (const hasData of [true, false]) {
    restored(hasData)
    await jsonLinesFile(path).finish!('completed', 'run 1')
    assert.deepEqual(numbersIn(path), [0, 1])
    assert.equal(existsSync(stage.journal), false)
    // The next run begins instead, with the same offsets.
    restored(hasData)
    const next = jsonLinesFile(path)
    await next.write(chunkOf(0, [7], { run: 'run 2' }))
    assert.deepEqual(numbersIn(path), [0, 1])
    await next.finish!('completed', 'run 2')
    assert.deepEqual(numbersIn(path), [7])
  }
})

test('what an abandoned run staged is discarded by the next one, in the same process and in another', async test => {
  for (const isSame of [true, false]) {
    for (const writes of [true, false]) {
      const path = join(temporaryFolder(test), 'out.jsonl')
      writeFileSync(path, '9\n')
      const abandoned = jsonLinesFile(path)
      await abandoned.write(chunkOf(0, [0, 1]))
      const sink = isSame ? abandoned : jsonLinesFile(path)
      if (writes) await sink.write(chunkOf(1, [5, 6], { run: 'run 2' }))
      await sink.finish!('completed', 'run 2')
      assert.deepEqual(numbersIn(path), writes ? [5, 6] : [])
    }
  }
})

test('a run whose output was discarded or replaced is refused when it comes back: it would not write again what it has committed', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(0, [0]))
  await sink.write(chunkOf(0, [5], { run: 'run 2' }))
  const refused = /another run has written there since the run 'run [12]' did, .*start it anew/
  await assert.rejects(sink.write(chunkOf(1, [1])), refused)
  await assert.rejects(jsonLinesFile(path).finish!('completed', 'run 1'), refused)
  await sink.finish!('aborted', 'run 1')
  await sink.finish!('completed', 'run 2')
  assert.deepEqual(numbersIn(path), [5])
  await sink.write(chunkOf(0, [6], { run: 'run 3' }))
  await sink.finish!('completed', 'run 2')
  await sink.finish!('completed', 'run 3')
  await assert.rejects(jsonLinesFile(path).write(chunkOf(1, [1], { run: 'run 2' })), refused)
  assert.deepEqual(numbersIn(path), [6])
})

test('an aborted run leaves the run before it as it was: its finish may be repeated, and it may go on', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(0, [0]))
  await sink.finish!('completed', 'run 1')
  await sink.write(chunkOf(0, [5], { run: 'run 2' }))
  await sink.finish!('aborted', 'run 2')
  await sink.finish!('completed', 'run 1')
  await sink.write(chunkOf(1, [1]))
  await sink.finish!('completed', 'run 1')
  assert.deepEqual(numbersIn(path), [0, 1])
})

test('a later round of the run adds what is new; what an earlier round delivered is passed over, and an older owner refused', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const first = jsonLinesFile(path)
  await first.write(chunkOf(0, [0, 1]))
  await first.finish!('completed', 'run 1')
  for (const round of [2, 3]) {
    const sink = jsonLinesFile(path)
    await assert.rejects(sink.write(chunkOf(9, [9], { epoch: round - 2 })), FencedError)
    await sink.write(chunkOf(0, upTo(round + 1), { epoch: round }))
    assert.deepEqual(numbersIn(path), upTo(round))
    // Killed, and repeated by another process.
    const again = jsonLinesFile(path)
    await again.write(chunkOf(round - 1, [round - 1, round], { epoch: round }))
    await again.finish!('completed', 'run 1')
    await again.finish!('completed', 'run 1')
    assert.deepEqual(numbersIn(path), upTo(round + 1))
  }
})

test('a later round whose finish, or beginning, was killed at any step is made good', async test => {
  const folder = temporaryFolder(test)
  const path = join(folder, 'out.jsonl')
  const stage = pathsOf(path)
  const copy = join(folder, 'copy')
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(0, [0, 1]))
  await sink.finish!('completed', 'run 1')
  cpSync(stage.folder, copy, { recursive: true })
  const kills: readonly (() => void)[] = [
    // The copy of the target, or the journal, is half written.
    () => writeFileSync(stage.data, '0'),
    () => (writeFileSync(stage.data, '0\n1\n'), writeFileSync(`${stage.journal}.next`, 'torn')),
    // The whole output is in its place, which the folder does not say yet.
    () => cpSync(stage.published, stage.journal),
    () => (cpSync(stage.published, stage.journal), writeFileSync(stage.data, '0\n1\n')),
  ]
  for (const kill of kills) {
    for (const writes of [true, false]) {
      rmSync(stage.folder, { recursive: true })
      cpSync(copy, stage.folder, { recursive: true })
      writeFileSync(path, '0\n1\n')
      kill()
      const again = jsonLinesFile(path)
      if (writes) await again.write(chunkOf(1, [1, 2]))
      await again.finish!('completed', 'run 1')
      assert.deepEqual(numbersIn(path), upTo(writes ? 3 : 2))
    }
  }
})

test('a later round does not add to a file that was changed or removed since', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(0, [0]))
  await sink.finish!('completed', 'run 1')
  for (const text of ['7\n', '0\n1\n', undefined]) {
    if (text === undefined) rmSync(path)
    else writeFileSync(path, text)
    await assert.rejects(sink.write(chunkOf(1, [1])), /out\.jsonl is no longer what the run 'run 1' left there/)
    await sink.finish!('completed', 'run 1')
    assert.equal(existsSync(path) ? readFileSync(path, 'utf8') : undefined, text)
  }
  await sink.write(chunkOf(0, [8], { run: 'run 2' }))
  await sink.finish!('completed', 'run 2')
  assert.deepEqual(numbersIn(path), [8])
})

test('an older owner is refused, also after a newer one took over in another process', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const old = jsonLinesFile(path)
  await old.write(chunkOf(0, [0], { epoch: 1 }))
  const young = jsonLinesFile(path)
  await young.write(chunkOf(0, [0], { epoch: 2 }))
  await assert.rejects(old.write(chunkOf(1, [1], { epoch: 1 })), FencedError)
  await young.write(chunkOf(1, [1], { epoch: 2 }))
  await young.finish!('completed', 'run 1')
  assert.deepEqual(numbersIn(path), [0, 1])
})

test('a process killed while it writes loses nothing it acknowledged, whenever it dies', async test => {
  const folder = temporaryFolder(test)
  const path = join(folder, 'out.jsonl')
  const program = `
    import { jsonLinesFile } from ${JSON.stringify(new URL('../../src/sinks/json-lines-file.ts', import.meta.url).href)}
    import { chunkOf } from ${JSON.stringify(new URL('./writing.ts', import.meta.url).href)}
    const [path, from, epoch] = process.argv.slice(1)
    const sink = jsonLinesFile(path)
    for (let offset = Number(from); ; offset += 10) {
      await sink.write(chunkOf(offset, Array.from({ length: 10 }, (_, index) => offset + index), { epoch: Number(epoch) }))
      console.log(offset + 10)
    }`
  let acknowledged = 0
  for (let epoch = 1; epoch <= 6; epoch++) {
    // Goes on from before what was acknowledged: all of it comes again.
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program, path, String(Math.max(0, acknowledged - 25)), String(epoch)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const goal = acknowledged + 7 * epoch
    const exited = once(child, 'exit')
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Math.max(acknowledged, Number(line))
      if (acknowledged >= goal) child.kill('SIGKILL')
    }
    await exited
  }
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(acknowledged, [acknowledged], { epoch: 7 }))
  await sink.finish!('completed', 'run 1')
  const written = numbersIn(path).toSorted((a, b) => a - b)
  assert.ok(written.length > acknowledged)
  assert.deepEqual(written, upTo(written.length))
})

test('an item that cannot be written is an error, and writing goes on after it', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(0, [0]))
  const circular: { self?: unknown } = {}
  circular.self = circular
  await assert.rejects(sink.write(chunkOf(1, [circular])), /cannot be written: Converting circular structure/)
  await sink.write(chunkOf(1, [1]))
  await sink.finish!('completed', 'run 1')
  assert.deepEqual(numbersIn(path), [0, 1])
})

test('where there is no space, a write is an error that leaves nothing of it, and smaller ones go on', { skip: needs('sh') }, async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const program = `
    import assert from 'node:assert/strict'
    import { jsonLinesFile } from ${JSON.stringify(new URL('../../src/sinks/json-lines-file.ts', import.meta.url).href)}
    import { chunkOf } from ${JSON.stringify(new URL('./writing.ts', import.meta.url).href)}
    const sink = jsonLinesFile(process.argv[1])
    await sink.write(chunkOf(0, [0]))
    await assert.rejects(sink.write(chunkOf(1, Array.from({ length: 100_000 }, () => 1))), { code: 'SINK', message: /cannot be written: EFBIG/ })
    await sink.write(chunkOf(1, [1]))
    await sink.finish('completed', 'run 1')`
  // No file may grow beyond 64 blocks: the kernel refuses what a full disk would.
  const child = spawn('sh', ['-c', 'trap "" XFSZ; ulimit -f 64; exec "$@"', 'sh', process.execPath, '--input-type=module-typescript', '-e', program, path], { stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  assert.deepEqual(numbersIn(path), [0, 1])
})

test('after a sync that failed the process writes no more, and a new one recovers', { skip: needs('strace') }, async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const program = `
    import assert from 'node:assert/strict'
    import { jsonLinesFile } from ${JSON.stringify(new URL('../../src/sinks/json-lines-file.ts', import.meta.url).href)}
    import { chunkOf } from ${JSON.stringify(new URL('./writing.ts', import.meta.url).href)}
    const sink = jsonLinesFile(process.argv[1])
    await sink.write(chunkOf(0, [0]))
    const refused = { code: 'SINK', message: /the disk failed to keep what was written: EIO/ }
    await assert.rejects(sink.write(chunkOf(1, [1])), refused)
    // The disk would take this one.
    await assert.rejects(sink.write(chunkOf(1, [1])), refused)
    await assert.rejects(sink.finish('completed', 'run 1'), refused)`
  // Two syncs to open, two to write: the fifth and sixth fail. One thread, as strace counts for each.
  const child = spawn('strace', ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=5..6', process.execPath, '--input-type=module-typescript', '-e', program, path], {
    stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  })
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  const sink = jsonLinesFile(path)
  await sink.write(chunkOf(0, [0, 1]))
  await sink.finish!('completed', 'run 1')
  assert.deepEqual(numbersIn(path), [0, 1])
})

test('values become plain JSON', async test => {
  const path = join(temporaryFolder(test), 'out.jsonl')
  const sink = jsonLinesFile(path)
  await sink.write(chunkAt<unknown>([
    [0, { at: new Date(0), big: 2n ** 64n, map: new Map([['a', 1n]]), pairs: new Map([[1, 'a']]), set: new Set([1]), bytes: new Uint8Array([1, 2]), buffer: Buffer.from('hi'), none: undefined, nan: Number.NaN }],
    [1, undefined], [2, 'text'], [3, new Date(0)],
  ]))
  await sink.finish!('completed', 'run 1')
  assert.equal(readFileSync(path, 'utf8'), [
    '{"at":"1970-01-01T00:00:00.000Z","big":"18446744073709551616","map":{"a":"1"},"pairs":[[1,"a"]],"set":[1],"bytes":"AQI=","buffer":"aGk=","nan":null}',
    'null', '"text"', '"1970-01-01T00:00:00.000Z"', '',
  ].join('\n'))
})

test('a target that is a folder, and a path that is no text, are refused', async test => {
  const folder = temporaryFolder(test)
  await assert.rejects(jsonLinesFile(folder).write(chunkOf(0, [0])), /is a folder, but must be a file/)
  assert.throws(() => jsonLinesFile(''), /jsonLinesFile: the path is '', but must be the path of a file/)
})
