import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'
import { command } from '../../src/executors/command.ts'
import { visible } from '../../src/executors/command/failure.ts'
import { removeStale } from '../../src/executors/command/folders.ts'
import { PermanentError, SchemaError } from '../../src/model/errors.ts'
import type { Worker } from '../../src/model/worker.ts'
import { contextOf, isAlive, whenEnded } from './fixtures/task.ts'

const folder = mkdtempSync(join(tmpdir(), 'batchwork-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

// Before the first command: the environment is read once.
process.env['LC_ALL'] ??= 'C'
process.env['AWS_SECRET_ACCESS_KEY'] = 'hunter2'

const anything = z.unknown()
const run = (worker: Worker<never, unknown>, item: unknown, signal = new AbortController().signal) =>
  (worker as Worker<unknown, unknown>)(item, contextOf({ signal })) as Promise<any>
const script = (text: string, ...args: (string | ((item: any) => string))[]) => command<any>('sh', '-c', text, 'sh', ...args)
const failureOf = (promise: Promise<unknown>) => promise.then(() => assert.fail('it did not fail'), (error: unknown) => error as Error)

test('the item is one JSON document in WORK_ITEM_FILE, and the result one in WORK_RESULT_FILE', async () => {
  const item = { name: 'a "b"\n', sizes: [1, 2.5], none: null }
  assert.deepEqual(await run(script('cat "$WORK_ITEM_FILE" > "$WORK_RESULT_FILE"').result(anything), item), item)
})

test('what JSON lacks is written plainly', async () => {
  const copy = script('cat "$WORK_ITEM_FILE" > "$WORK_RESULT_FILE"').result(anything)
  const item = { at: new Date(0), count: 12n, huge: 2n ** 70n, set: new Set([1]), map: new Map([['a', 1]]), bytes: new Uint8Array([1, 2]), buffer: Buffer.from([3]) }
  assert.deepEqual(await run(copy, item), {
    at: '1970-01-01T00:00:00.000Z', count: 12, huge: String(2n ** 70n), set: [1], map: [['a', 1]], bytes: 'AQI=', buffer: 'Aw==',
  })
})

test('bytes go and come as they are, 10 MB of them too', async () => {
  const bytes = new Uint8Array(10_000_000).map((_, index) => index % 251)
  const result = await run(script('cat "$WORK_ITEM_FILE" > "$WORK_RESULT_FILE"').result(anything), bytes) as Uint8Array
  assert.equal(Buffer.compare(result, bytes), 0)
})

test('an absent or empty result passes the item on', async () => {
  assert.equal(await run(command('true').result(anything), 1), undefined)
  assert.equal(await run(script(': > "$WORK_RESULT_FILE"').result(anything), 1), undefined)
})

test('without a schema the result is not read, so that the types tell the truth', async () => {
  assert.equal(await run(script('echo 5 > "$WORK_RESULT_FILE"'), 1), undefined)
})

test('a result is checked by its schema', async () => {
  const worker = script('printf %s "$1" > "$WORK_RESULT_FILE"', (item: string) => item).result(z.object({ width: z.number() }))
  assert.deepEqual(await run(worker, '{"width":3}'), { width: 3 })
  const error = await failureOf(run(worker, '{"width":"3"}'))
  assert.ok(error instanceof SchemaError)
  assert.match(error.message, /the result of command 'sh' does not fit its schema: width/)
})

test('a result that is not JSON fails, and one with a key __proto__ fails for good', async () => {
  const worker = script('printf %s "$1" > "$WORK_RESULT_FILE"', (item: string) => item).result(anything)
  assert.match((await failureOf(run(worker, '{"a":'))).message, /WORK_RESULT_FILE is not one JSON document/)
  const error = await failureOf(run(worker, '{"list":[{"__proto__":{"admin":true}}]}'))
  assert.ok(error instanceof PermanentError)
  assert.match(error.message, /'__proto__'/)
  assert.equal(({} as { admin?: boolean }).admin, undefined)
})

test('a result that is a link is not followed', async () => {
  const secret = join(folder, 'secret')
  writeFileSync(secret, '"secret"')
  await assert.rejects(run(script('ln -s "$1" "$WORK_RESULT_FILE"', secret).result(anything), 1), /not a file/)
  assert.equal(readFileSync(secret, 'utf8'), '"secret"')
})

test('exit code 65 is permanent; 75, others and signals are not', async () => {
  const exit = (code: number) => failureOf(run(script('echo "no header" >&2; exit "$1"', String(code)), 1))
  const permanent = await exit(65)
  assert.ok(permanent instanceof PermanentError)
  assert.deepEqual([permanent.message, permanent.data], ["command 'sh' exited with code 65: no header", { exitCode: 65 }])
  for (const code of [75, 1, 126]) {
    const error = await exit(code)
    assert.ok(!(error instanceof PermanentError))
    assert.equal(error.message, `command 'sh' exited with code ${code}: no header`)
  }
  assert.match((await failureOf(run(script('kill -9 $$'), 1))).message, /was killed by SIGKILL and wrote nothing/)
})

test('the message holds the last 4 KB of standard error, with terminal escapes made visible', async () => {
  const error = await failureOf(run(script(`head -c 3000000 /dev/zero | tr '\\0' x >&2; printf '\\033[31mred\\033]0;title\\007' >&2; exit 1`), 1))
  assert.ok(error.message.length < 4_300, `${error.message.length}`)
  assert.match(error.message, /xxx\\x1b\[31mred\\x1b\]0;title\\x07$/)
  assert.equal(visible('a\u202eb\tc\nd\u009b'), 'a\\u202eb\tc\nd\\x9b')
})

test('arguments reach the program as they are: spaces, newlines, quotes, leading dashes, shell characters', async () => {
  const names = ['a b', 'line\nbreak', '-rf', '--', '$(touch x); `x` "\'', '', 'é☃']
  const print = 'import { writeFileSync } from "node:fs"; writeFileSync(process.env.WORK_RESULT_FILE, JSON.stringify(process.argv.slice(1)))'
  const worker = command<any>(process.execPath, '--input-type=module', '-e', print, '--', 'fixed', ...names.map((_, index) => (item: string[]) => item[index]!))
  assert.deepEqual(await run(worker.result(anything), names), ['fixed', ...names])
})

test('an argument that is no string, or holds NUL, is a permanent failure', async () => {
  for (const path of [undefined, 5, 'a\0b']) {
    const error = await failureOf(run(command<any>('true', item => item.path), { path }))
    assert.ok(error instanceof PermanentError, String(error))
  }
})

test('a missing program, one that may not run, and arguments that are too long are permanent and say what to do', async () => {
  const missing = await failureOf(run(command('no-such-program-here'), 1))
  assert.ok(missing instanceof PermanentError)
  assert.equal(missing.message, "command 'no-such-program-here' not found: install it or give its full path")
  const plain = join(folder, 'plain')
  writeFileSync(plain, 'echo hi', { mode: 0o644 })
  const refused = await failureOf(run(command(plain), 1))
  assert.ok(refused instanceof PermanentError && refused.message.includes('chmod +x'))
  const long = await failureOf(run(command<string>('true', item => item), 'x'.repeat(200_000)))
  assert.ok(long instanceof PermanentError && long.message.includes('WORK_ITEM_FILE'), String(long))
})

test('the environment is the allow-list and no secret', async () => {
  const print = 'require("fs").writeFileSync(process.env.WORK_RESULT_FILE, JSON.stringify(Object.keys(process.env)))'
  const names = await run(command(process.execPath, '-e', print).result(z.array(z.string())), 1) as string[]
  const allowed = /^(PATH|HOME|LANG|LANGUAGE|TZ|TMPDIR|USER|LOGNAME|SHELL|LC_.*|WORK_ITEM_FILE|WORK_RESULT_FILE)$/
  assert.deepEqual(names.filter(name => !allowed.test(name)), [])
  assert.ok(['PATH', 'LC_ALL', 'WORK_ITEM_FILE', 'WORK_RESULT_FILE'].every(name => names.includes(name)))
})

test('a command finds nothing of the one before it, in a folder of its user alone', async () => {
  const look = script('names=$(ls -a "$(dirname "$WORK_ITEM_FILE")" | tr "\\n" " "); printf "\\"%s\\"" "$names" > "$WORK_RESULT_FILE"').result(z.string())
  await run(script('cd "$(dirname "$WORK_ITEM_FILE")"; echo 1 > mine; mkdir -p a/b; rm item; mkdir item; touch item/x'), 1)
  assert.equal(await run(look, 2), '. .. item ')
  const mode = await failureOf(run(script('stat -c %a "$(dirname "$WORK_ITEM_FILE")" >&2; exit 1'), 1))
  assert.match(mode.message, /: 700$/)
})

test('standard input is empty', async () => {
  assert.equal(await run(script('wc -c > "$WORK_RESULT_FILE"').result(z.number()), 1), 0)
})

test('an abort ends the command and its grandchildren, those that ignore SIGTERM too', async () => {
  const pids = join(folder, 'pids')
  const controller = new AbortController()
  const reason = new Error('timeout')
  const running = failureOf(run(script('sleep 1000 & one=$!; (trap "" TERM; sleep 1000) & echo "$$ $one $!" > "$1.part"; mv "$1.part" "$1"; wait', pids), 1, controller.signal))
  while (!existsSync(pids)) await new Promise(resolve => setImmediate(resolve))
  const started = readFileSync(pids, 'utf8').trim().split(' ').map(Number)
  assert.ok(started.every(isAlive))
  controller.abort(reason)
  assert.equal(await running, reason)
  await Promise.all(started.map(whenEnded))
})

test('what a command leaves running in the background ends with it', async () => {
  const worker = script('sleep 1000 & echo $! > "$WORK_RESULT_FILE"').result(z.number())
  await whenEnded(await run(worker, 1) as number)
})

test('so does what made a process group of its own, as timeout does, whether the command ended or was aborted', { skip: process.platform === 'linux' ? false : 'needs /proc' }, async () => {
  const worker = script('timeout 1000 sleep 1000 & echo $! > "$WORK_RESULT_FILE"').result(z.number())
  await whenEnded(await run(worker, 1) as number)
  const pids = join(folder, 'groups')
  const controller = new AbortController()
  const running = failureOf(run(script('timeout 1000 sleep 1000 & echo "$$ $!" > "$1.part"; mv "$1.part" "$1"; wait', pids), 1, controller.signal))
  while (!existsSync(pids)) await new Promise(resolve => setImmediate(resolve))
  controller.abort(new Error('stop'))
  await running
  await Promise.all(readFileSync(pids, 'utf8').trim().split(' ').map(Number).map(whenEnded))
})

test('an abort before the start starts nothing', async () => {
  const touched = join(folder, 'touched')
  await assert.rejects(run(command('touch', touched), 1, AbortSignal.abort(new Error('stop'))), { message: 'stop' })
  assert.equal(existsSync(touched), false)
})

test('many at once do not meet', async () => {
  const worker = script('cat "$WORK_ITEM_FILE" > "$WORK_RESULT_FILE"').result(z.number())
  const results = await Promise.all(Array.from({ length: 60 }, (_, index) => run(worker, index)))
  assert.deepEqual(results, Array.from({ length: 60 }, (_, index) => index))
})

test('folders of processes that are no more are removed, those of living ones are not', async () => {
  const base = mkdtempSync(join(folder, 'base-'))
  const dead = spawn('true')
  await once(dead, 'exit')
  for (const name of [`batchwork-commands-${dead.pid}-a`, `batchwork-commands-${process.pid}-b`, 'other']) mkdirSync(join(base, name))
  removeStale(base)
  assert.deepEqual(readdirSync(base).toSorted(), [`batchwork-commands-${process.pid}-b`, 'other'])
})

test('a process that leaves takes its folders and its commands along', async () => {
  const pids = join(folder, 'leaving')
  const module = new URL('../../src/executors/command.ts', import.meta.url).href
  const code = `
    import { existsSync } from 'node:fs'
    import { command } from '${module}'
    const signal = new AbortController().signal
    void command('sh', '-c', 'echo "$$ $WORK_ITEM_FILE" > "$1.part"; mv "$1.part" "$1"; sleep 1000', 'sh', process.argv[1])(1, { signal })
    while (!existsSync(process.argv[1])) await new Promise(resolve => setImmediate(resolve))
    process.exit(0)`
  const leaving = spawn(process.execPath, ['--input-type=module', '-e', code, pids], { stdio: 'inherit' })
  assert.deepEqual(await once(leaving, 'exit'), [0, null])
  const [pid, itemPath] = readFileSync(pids, 'utf8').trim().split(' ')
  await whenEnded(Number(pid))
  assert.equal(existsSync(dirname(dirname(itemPath!))), false)
})
