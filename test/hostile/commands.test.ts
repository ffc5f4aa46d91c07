import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'
import { command } from '../../src/executors/command.ts'
import { resultBytesMax } from '../../src/executors/command/slot.ts'
import { contextOf } from '../executors/fixtures/task.ts'
import { CommandLine } from './command-line.ts'
import { hostileLines, hostileTexts, hostileValues, valueOf } from './corpus.ts'
import { assertHarmless, steers } from './steering.ts'

// Before the first command: the environment is read once.
for (const name of ['AWS_SECRET_ACCESS_KEY', 'GITHUB_TOKEN', 'BATCHWORK_SOURCE_TOKEN', 'NODE_OPTIONS_SECRET', 'LD_AUDIT_SECRET', '__proto__']) process.env[name] = 'hunter2'

const folder = mkdtempSync(join(tmpdir(), 'batchwork-hostile-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const anything = z.unknown()
const script = (text: string, ...args: (string | ((item: any) => string))[]) => command<any>('sh', '-c', text, 'sh', ...args).result(anything)
const copy = script('cp "$WORK_ITEM_FILE" "$WORK_RESULT_FILE"')
const run = (worker: unknown, item: unknown) => (worker as (item: unknown, context: object) => Promise<unknown>)(item, contextOf({ signal: new AbortController().signal }))
const messageOf = (work: Promise<unknown>) => work.then(result => `it gave ${JSON.stringify(result)}`, (error: Error) => error.message)

/** What a command may leave behind, and what is said of it. */
const left: Readonly<Record<string, readonly [text: string, said: RegExp]>> = {
  'a folder': ['mkdir "$WORK_RESULT_FILE"; touch "$WORK_RESULT_FILE/a"', /not a file/],
  'a folder that nobody may enter': ['mkdir -p "$WORK_RESULT_FILE/a"; chmod 0 "$WORK_RESULT_FILE"', /not a file|EACCES/],
  'a pipe': ['mkfifo "$WORK_RESULT_FILE"', /not a file/],
  'a link to a secret': ['ln -s /etc/passwd "$WORK_RESULT_FILE"', /not a file/],
  'a link to a device': ['ln -s /dev/zero "$WORK_RESULT_FILE"', /not a file/],
  'a link to itself': ['ln -s result "$WORK_RESULT_FILE"', /not a file/],
  'its folder removed': ['rm -rf "$(dirname "$WORK_RESULT_FILE")"', /it gave undefined/],
  'a file in place of its folder': ['d=$(dirname "$WORK_RESULT_FILE"); rm -rf "$d"; echo 1 > "$d"', /it gave undefined/],
  'a file of holes, too large': [`truncate -s ${resultBytesMax + 1} "$WORK_RESULT_FILE"`, /a result of \d+ bytes, but at most \d+ are allowed; leave a path/],
  'bytes that are no text': ['printf "\\377\\376" > "$WORK_RESULT_FILE"', /not valid UTF-8; write the JSON document in UTF-8/],
  'NUL': ['printf "\\0" > "$WORK_RESULT_FILE"', /not one JSON document/],
  'escape sequences': ['printf "\\033[31m" > "$WORK_RESULT_FILE"', /not one JSON document/],
  'half of a document': ['printf "{" > "$WORK_RESULT_FILE"', /not one JSON document/],
  'two documents': ['printf "1 2" > "$WORK_RESULT_FILE"', /not one JSON document/],
  'a key __proto__': ['printf \'{"\\u005f_proto__":{"polluted":true}}\' > "$WORK_RESULT_FILE"', /it gave|'__proto__'/],
  'an end by signal': ['kill -SEGV $$', /was killed by SIGSEGV/],
  'a flood on standard output': ['head -c 20000000 /dev/zero; exit 3', /exited with code 3 and wrote nothing/],
  'a flood on standard error': ['head -c 20000000 /dev/zero >&2; exit 3', /exited with code 3: (\\x00)+/],
  'an error that steers the terminal': ['printf "\\033]0;owned\\007\\033[2J\\342\\200\\256" >&2; exit 3', /code 3: \\x1b\]0;owned\\x07\\x1b\[2J\\u202e/],
  'an error that is no text': ['printf "\\377\\376\\200" >&2; exit 3', /exited with code 3: \ufffd/],
}

test('whatever a command leaves in place of its result, it fails with what was wrong, and the next one finds its place clean', async () => {
  for (const [what, [text, said]] of Object.entries(left)) {
    const message = await messageOf(run(script(text), 1))
    assert.match(message, said, what)
    assert.ok(message.length < 30_000, what)
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined, what)
  }
  assert.deepEqual(await run(copy, { still: 'works' }), { still: 'works' })
})

test('whatever JSON a command leaves is its result, or refused with a reason', async () => {
  const file = join(folder, 'result')
  const worker = script('cp "$1" "$WORK_RESULT_FILE"', file)
  for (const { attacks, text } of hostileLines) {
    writeFileSync(file, text)
    const message = await messageOf(run(worker, 1))
    assert.match(message, /^it gave |WORK_RESULT_FILE|__proto__|nested|characters/, attacks)
    assert.ok(message.length < 30_000 || message.startsWith('it gave'), attacks)
  }
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

test('whatever an item is, the command sees one JSON document or the item is refused with a reason', async () => {
  const heavy = ['doubled sixty times', 'a million characters a thousand times']
  for (const value of hostileValues.filter(({ name }) => !heavy.includes(name))) {
    const message = await run(copy, valueOf(value)).then(() => 'read', (error: Error) => error.message)
    assert.ok(message !== '' && message.length < 30_000, value.name)
  }
})

test('a text reaches the program as it is, as one argument and never as an option or a piece of shell', async () => {
  const echo = command<string>('sh', '-c', 'printf %s "$2" > "$1.out"; printf %s "$#" > "$WORK_RESULT_FILE"', 'sh', join(folder, 'argument'), text => text).result(anything)
  for (const { name, text } of hostileTexts) {
    const message = await messageOf(run(echo, text))
    if (text.includes('\0')) assert.match(message, /cannot be passed to a program/, name)
    else {
      assert.equal(message, 'it gave 2', name)
      assert.equal(readFileSync(join(folder, 'argument.out'), 'utf8'), text.toWellFormed(), name)
    }
  }
  assert.equal(existsSync('pwned'), false)
})

test('no secret of this process reaches a command', async () => {
  const seen = await run(script(`env | cut -d= -f2- | grep -c hunter2 > "$WORK_RESULT_FILE" || true`), 1)
  assert.equal(seen, 0)
})

test('items of any name that the queue takes are worked on, and their results are files of their own in their folder', async t => {
  const names = [...new Set(hostileTexts.map(({ text }) => text))]
  const list = names.map(name => JSON.stringify({ name })).join('\n')
  const line = new CommandLine(t, { 'list.jsonl': `${list}\n` })
  const before = readdirSync(line.place.folder)
  const answer = await line.run(['queue', '--source', 'list.jsonl', '--worker', 'cp "$WORK_ITEM_FILE" "$WORK_RESULT_FILE"', '--results', 'results', '--once', '--quiet'])
  assert.equal(answer.code, 0, answer.stderr)
  assertHarmless(answer.stdout + answer.stderr, 'what the queue says')
  assert.doesNotMatch(answer.stderr, /^error: all is lost/m, 'a name is no message')
  const results = readdirSync(join(line.place.folder, 'results'))
  assert.ok(results.length > names.length / 2, `${results.length} results`)
  assert.ok(results.every(file => /^\w[\w.-]*-[\da-f]{16}\.json$/.test(file)), String(results))
  const kept = results.map(file => JSON.parse(readFileSync(join(line.place.folder, 'results', file), 'utf8')) as { readonly name: string; readonly result: { readonly name: string } })
  assert.equal(new Set(kept.map(({ name }) => name)).size, results.length)
  for (const { name, result } of kept) assert.equal(result.name, name)
  assert.deepEqual(readdirSync(line.place.folder).filter(file => ![...before, 'results', '.batchwork'].includes(file)), [])

  const failing = await line.run(['queue', '--name', 'failing', '--source', 'list.jsonl', '--worker', 'cat "$WORK_ITEM_FILE" >&2; mkfifo "$WORK_RESULT_FILE"; exit 65', '--once', '--quiet'])
  assert.equal(failing.code, 2, failing.stderr)
  assert.doesNotMatch(failing.stdout + failing.stderr, steers)
  await line.end()
})
