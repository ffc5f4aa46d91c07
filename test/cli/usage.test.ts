import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { noted, numbers, withParameters } from './pipelines.ts'
import { jsonLines, Workplace } from './workplace.ts'

const given = (stdout: string) => JSON.parse(/GIVEN (.*)/.exec(stdout)?.[1] ?? 'null') as unknown

describe('parameters of a pipeline', { concurrency: 2 }, () => {
  test('are flags: apart or with =, kebab for camel, true alone, a list when repeated, numbers where the schema wants them', async t => {
    const place = new Workplace(t, { 'report.ts': withParameters })
    const { code, stdout, stderr } = await place.run(['run', 'report.ts', '--day', '2026-11-20', '--max-items=7', '--dry-run', '--tag', 'a', '--quiet', '--tag', 'b'])
    assert.equal(code, 0, stderr)
    assert.deepEqual(given(stdout), { day: '2026-11-20', maxItems: 7, dryRun: true, tag: ['a', 'b'] })
  })

  test('make a run of their own: the same go on, others are another run', async t => {
    const place = new Workplace(t, { 'report.ts': withParameters })
    assert.match((await place.run(['run', 'report.ts', '--day', '2026-11-20'])).stdout, /run 1/)
    assert.match((await place.run(['run', 'report.ts', '--day', '2026-11-21'])).stdout, /run 2/)
    const status = jsonLines((await place.run(['status', '--all', '--json'])).stdout)
    assert.deepEqual(status.map(({ params }) => params.day), ['2026-11-20', '2026-11-21'])
  })

  test('that do not fit are named as flags, each with its issue, and nothing is run', async t => {
    const place = new Workplace(t, { 'report.ts': withParameters })
    const { code, stdout, stderr } = await place.run(['run', 'report.ts', '--max-items', 'many'])
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /^error: the parameters do not fit pipeline 'report':\n {2}--day is missing: .+\n {2}--max-items many: .*number.*\n$/)
    assert.equal(existsSync(join(place.folder, '.batchwork')), false)
  })

  test('that the schema would pass over are refused, with the nearest', async t => {
    const place = new Workplace(t, { 'report.ts': withParameters })
    const { code, stderr } = await place.run(['run', 'report.ts', '--day', '2026-11-20', '--max-item', '7'])
    assert.equal(code, 1)
    assert.match(stderr, /pipeline 'report' has no parameter --max-item; did you mean --max-items\? ?/)
  })

  test('are refused by a pipeline that takes none, with the nearest option', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers })
    const { code, stderr } = await place.run(['run', 'numbers.ts', '--frehs'])
    assert.equal(code, 1)
    assert.equal(stderr, "error: pipeline 'numbers' takes no parameters, so --frehs means nothing; did you mean --fresh?\n")
  })

  test('may be called as an option of the command: after -- all flags are parameters', async t => {
    const place = new Workplace(t, { 'report.ts': withParameters.replaceAll('day:', 'store:') })
    const { code, stdout, stderr } = await place.run(['run', 'report.ts', '--quiet', '--', '--store', '2026-11-20'])
    assert.equal(code, 0, stderr)
    assert.deepEqual(given(stdout), { store: '2026-11-20', maxItems: 2 })
  })
})

describe('a command that cannot run', { concurrency: 2 }, () => {
  const cases: readonly (readonly [what: string, files: Record<string, string>, words: readonly string[], says: RegExp])[] = [
    ['a missing file', { 'numbers.ts': numbers }, ['run', 'number.ts'], /^error: there is no file number\.ts; did you mean numbers\.ts\?\n$/],
    ['a file without its extension', { 'numbers.ts': numbers }, ['run', 'numbers'], /^error: there is no file numbers; did you mean numbers\.ts\?\n$/],
    ['a folder', { 'numbers.ts': numbers }, ['run', '.'], /^error: \. is a folder, but must be a file that exports a pipeline/],
    ['TypeScript that does not parse', { 'bad.ts': 'const a = 1\nconst b = = 2\n' }, ['run', 'bad.ts'], /^error: bad\.ts is not valid TypeScript: [^]*\n {2}at bad\.ts(:2)?/],
    ['JavaScript that does not parse', { 'bad.js': 'const a = 1\nconst b = = 2\n' }, ['run', 'bad.js'], /^error: bad\.js is not valid JavaScript: Unexpected token '='\n {2}at bad\.js:2\n$/],
    ['a module that throws', { 'bad.ts': "\nthrow new TypeError('no such thing')\n" }, ['run', 'bad.ts'], /^error: bad\.ts cannot be loaded: it threw TypeError: no such thing\n {2}at bad\.ts:2:7\n$/],
    ['a package that is not there', { 'bad.ts': "import 'left-pad-of-nowhere'" }, ['run', 'bad.ts'], /^error: bad\.ts cannot be loaded: Cannot find package 'left-pad-of-nowhere'; is it installed/],
    ['no pipeline exported', { 'none.ts': 'export const a = 1' }, ['run', 'none.ts'], /^error: none\.ts exports no pipeline; end it with: export default pipeline/],
    ['several pipelines exported', { 'both.ts': `${numbers}\nexport { default as other } from './noted.ts'`, 'noted.ts': noted }, ['run', 'both.ts'], /^error: both\.ts exports 2 pipelines; choose one with --pipeline: 'numbers', 'noted'\n$/],
    ['a pipeline that is not exported', { 'numbers.ts': numbers }, ['run', 'numbers.ts', '--pipeline', 'number'], /^error: numbers\.ts exports no pipeline 'number'; it exports 'numbers'; did you mean 'numbers'\?\n$/],
    ['another engine', { 'numbers.ts': numbers }, ['run', 'numbers.ts', '--engine', 'kafkaesque://here'], /^error: engine 'kafkaesque:\/\/here'/],
    ['a store and an engine', { 'numbers.ts': numbers }, ['run', 'numbers.ts', '--engine', 'a', '--store', 'b'], /^error: --store 'b' and --engine 'a' both say/],
    ['a grace time that is none', { 'numbers.ts': numbers }, ['run', 'numbers.ts', '--grace', 'soon'], /^error: --grace is 'soon', but must be a duration/],
    ['an unknown command', {}, ['rnu'], /error: unknown command 'rnu'\n\(Did you mean run\?\)/],
    ['an unknown option', {}, ['status', '--jsno'], /error: unknown option '--jsno'\n\(Did you mean --json\?\)/],
    ['a number that is none', {}, ['failures', '--run', 'last'], /must be a whole number/],
  ]
  for (const [what, files, words, says] of cases) {
    test(`for ${what} says so and ends with 1, without a stack`, async t => {
      const { code, stdout, stderr } = await new Workplace(t, files).run(words)
      assert.equal(code, 1)
      assert.equal(stdout, '')
      assert.match(stderr.replace(/Run it again with --debug.*\n/, ''), says)
      assert.doesNotMatch(stderr, /node:internal|src\/cli/)
    })
  }

  test('shows the stack when it is asked to, by flag or environment', async t => {
    const place = new Workplace(t, { 'bad.ts': "throw new TypeError('no such thing')" })
    assert.match((await place.run(['run', 'bad.ts', '--debug'])).stderr, /caused by TypeError: no such thing\n +at .*file:/)
    assert.match((await place.run(['run', 'bad.ts'], { env: { BATCHWORK_DEBUG: '1' } })).stderr, /caused by TypeError/)
  })

  test('under --json says so in JSON too', async t => {
    const { code, stdout } = await new Workplace(t, {}).run(['run', 'none.ts', '--json'])
    assert.equal(code, 1)
    assert.deepEqual(jsonLines(stdout).map(({ type, code: errorCode }) => [type, errorCode]), [['error', 'NO_FILE']])
  })

  for (const words of [['status'], ['failures'], ['redrive', 'x'], ['trace', 'x'], ['topics', 'list'], ['topics', 'consume', 'x'], ['pause', 'x'], ['resume', 'x']]) {
    test(`'${words.join(' ')}' without a store says so, ends with 1 and makes none`, async t => {
      const place = new Workplace(t, {})
      const { code, stderr } = await place.run(words)
      assert.equal(code, 1)
      assert.match(stderr, /^error: there is no Batchwork store in .*\.batchwork; run a pipeline here first/)
      assert.equal(existsSync(join(place.folder, '.batchwork')), false)
    })
  }
})

test('--version is the version of the package; --help shows examples and exit codes', async t => {
  const place = new Workplace(t, {})
  assert.match((await place.run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
  assert.match((await place.run(['--help'])).stdout, /Examples:\n {2}batchwork run parking\.ts/)
  assert.match((await place.run(['help', 'run'])).stdout, /130 {2}interrupted/)
})

test('a pipeline is chosen among several by its own name or by its export', async t => {
  const place = new Workplace(t, { 'both.ts': `${numbers}\nexport { default as other } from './noted.ts'`, 'noted.ts': noted })
  assert.match((await place.run(['run', 'both.ts', '--pipeline', 'noted'])).stdout, /^noted · run 1 /m)
  assert.match((await place.run(['run', 'both.ts', '-p', 'default'])).stdout, /^numbers · run 1 /m)
})
