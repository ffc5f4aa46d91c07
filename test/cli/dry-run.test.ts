import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Example } from '../examples/example.ts'
import { mail, numbers } from './pipelines.ts'
import { jsonLines, Workplace } from './workplace.ts'

describe('batchwork run --dry', { concurrency: 2 }, () => {
  test('tells counts, times, shapes, failures with their place, and a forecast for the whole', async () => {
    using example = new Example('access-log')
    await example.node('generate.ts')
    const { code, output, errors } = await example.run('--day', '2026-11-20', '--sample', '1000', '--dry')
    equal(code, 2, errors)
    match(errors, /Dry run on the first 1,000 items of each source: nothing is written, but workers really run/)
    match(output, /^page counts · dry run, .* ✔ complete, with items set aside$/m)
    match(output, /^access log +1,000 +about 6,\d00|^access log +1,000 +about 6,000/m)
    match(output, /^pages +1,000 +\d+ +\d+ +\d+ +0 +1 +0$/m)
    match(output, /^pages +[\d.]+ [µm]s +[\d.]+ [µm]s +\d+ +[\d,]+\/s/m)
    match(output, /^access log gives \{ text: string, file: string, line: number 1\.\.334 \}$/m)
    match(output, /^pages takes \{ visitor: string, page: string, status: number 200, bytes: number 2\d\d\.\.51\d\d \}$/m)
    match(output, /^pages gives \{ key: string, value: \{ hits: number [\d.]+, bytes: number [\d.]+, visitors: number [\d.]+ \} \}$/m)
    match(output, /^1 item failed:\n {2}1 × pages: PermanentError: not a line of an access log: .*\n {6}\S+morning\.log:72 {2}access log:\d:71$/m)
    match(output, /^Forecast for about [56],\d00 items: about .* on this machine, and about 6 items would be set aside\.\nThe bottleneck is 'pages': \d+ workers?, /m)
    equal(example.has('out/pages-2026-11-20.csv'), false)
  })

  test('ends with 0 when nothing failed, and leaves no store', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers })
    const { code, stdout } = await place.run(['run', 'numbers.ts', '--dry', '--sample', '3'])
    equal(code, 0)
    match(stdout, /^input +3 +about 6 /m)
    match(stdout, /^double +3 +3 +3 +0 +0 +0 +0$/m)
    match(stdout, /Nothing was written\. What workers do by themselves is done: they are the real ones\./)
    equal(existsSync(join(place.folder, '.batchwork')), false)
  })

  test('--json gives the report as one object, whatever the pipeline prints', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers.replace('return n * 2', "console.log('NOISE'); return n * 2") })
    const { code, stdout, stderr } = await place.run(['run', 'numbers.ts', '--dry', '--json'], { env: { BAD: '2' } })
    equal(code, 2)
    const [report, ...others] = jsonLines(stdout)
    deepEqual(others, [])
    deepEqual([report.type, report.outcome, report.exitCode, report.stages.double.gives, report.forecast.deadLetters], ['dry-run', 'completed-with-failures', 2, 'number 0..10', 1])
    deepEqual(report.failures[0].examples, [{ id: 'input:0:2', origin: 'item 3', error: 'PermanentError: cannot double 2' }])
    match(stderr, /NOISE/)
  })

  test('a topic in the store is read and not moved', async t => {
    const place = new Workplace(t, { 'mail.ts': mail })
    await place.run(['topics', 'produce', 'letters', '--file', 'mail.ts'], { input: '{"to":"ada"}\n{"to":"bob"}\n' })
    const dry = await place.run(['run', 'mail.ts', '--dry', '--sample', '1'])
    match(dry.stderr, /SENT ada/)
    ok(!dry.stderr.includes('SENT bob'))
    const run = await place.run(['run', 'mail.ts'])
    match(run.stderr, /SENT ada[^]*SENT bob/)
    match(run.stdout, /mail · run 1 /)
  })

  for (const [words, message] of [
    [['--sample', '10'], /--sample 10 is for a dry run: add --dry to run on a sample and write nothing, or leave --sample out/],
    [['--dry', '--fresh'], /--fresh is about a run that is kept, and a dry run keeps none; leave out --fresh or --dry/],
    [['--dry', '--sample', '0'], /sample is 0, but must be a whole number from 1/],
  ] as const) {
    test(`${words.join(' ')} is refused`, async t => {
      const place = new Workplace(t, { 'numbers.ts': numbers })
      const { code, stderr } = await place.run(['run', 'numbers.ts', ...words])
      equal(code, 1)
      match(stderr, message)
    })
  }
})
