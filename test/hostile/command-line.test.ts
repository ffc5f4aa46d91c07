import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CommandLine, type Answer } from './command-line.ts'
import { hostileArguments, hostileLines, hostileTexts, isThorough, wordsWith } from './corpus.ts'
import { assertHarmless, steers } from './steering.ts'

const documented = [0, 1, 2, 3]
/** One in so many texts at each place: every text meets several places, every place several texts. */
const stride = isThorough ? 1 : 15

function assertAnswered({ code, stdout, stderr, isPolluted }: Answer, what: string, given: string): void {
  assert.ok(documented.includes(code as number), `${what}: ${code}`)
  assertHarmless(stderr, what, given)
  // JSON holds what it was given, however long.
  assertHarmless(stdout.startsWith('{') ? stdout.slice(0, 20_000) : stdout, what, given)
  assert.equal(isPolluted, false, what)
  // Who gives no command ('--' is none) is shown all there are.
  if (code === 1) assert.match(stderr, /error: |^Usage: batchwork /, what)
  // Said of errors that are not ours: what to do next is not in them.
  assert.doesNotMatch(stderr, /Run it again with --debug/, what)
}

const things = `import { topic } from 'batchwork'\nexport const things = topic('things')\n`
/** Item values, errors, ids and origins that would steer a terminal, all of which fail. */
const steering = `
import { items, PermanentError, pipeline } from 'batchwork'
import { readFileSync } from 'node:fs'
const texts = JSON.parse(readFileSync('texts.json', 'utf8'))
export default pipeline('steering', flow => {
  const odd = flow.source('input', items(texts), { id: text => 'id ' + text })
  odd.work('fail', (text, context) => {
    context.log.warn('about ' + text, { text })
    const error = new PermanentError(text + ' is refused')
    error.name = 'Name' + text
    throw error
  })
})
`
const steeringTexts = hostileTexts.map(({ text }) => text).filter(text => text.length < 1_000)

test('the command line', async t => {
  const line = new CommandLine(t, { 'things.ts': things, 'steering.ts': steering, 'texts.json': JSON.stringify(steeringTexts) })
  await line.fill()

  await t.test('whatever the words of a command are, it says what is wrong with them in words, and touches nothing', async () => {
    const before = new Set(readdirSync(line.place.folder))
    for (const [place, { attacks, words }] of hostileArguments.entries()) {
      for (const { name, text } of hostileTexts.filter((_, index) => (index + place) % stride === 0)) {
        assertAnswered(await line.run(wordsWith(words, text)), `'${name}' as ${attacks}`, text)
      }
    }
    const made = readdirSync(line.place.folder).filter(file => !before.has(file))
    assert.deepEqual(made.filter(file => file !== '.batchwork'), [], 'nothing is made beside the store')
    assert.equal((await line.run(['status', '--json'])).code, 0)
  })

  await t.test('the person at the terminal is told which thing, which value and what to do', async () => {
    const told: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
      'a file': [['run', 'away/\u001b[31m.ts'], /no file away\/\\x1b\[31m\.ts; correct the path/],
      'a pipeline': [['failures', 'numbres'], /'numbres'.*numbers/s],
      'a topic': [['topics', 'consume', 'leters', '--no-follow'], /'leters'.*did you mean 'letters'/s],
      'a store': [['status', '--store', 'a\0b'], /NUL.*give another --store/s],
      'an item': [['trace', '__proto__'], /'__proto__'.*ids are in/s],
      'a token': [['source', '--list', 'names.txt', '--token-file', 'none'], /--token-file 'none' cannot be read.*give a file/s],
    }
    for (const [what, [words, pattern]] of Object.entries(told)) {
      const answer = await line.run(words)
      assert.equal(answer.code, 1, what)
      assert.match(answer.stderr, pattern, what)
    }
  })

  await t.test('whatever line is produced to a topic, it is added or refused with its number, and those before it stay', async () => {
    for (const [index, { attacks, text }] of hostileLines.entries()) {
      const answer = await line.run(['topics', 'produce', 'things', '--file', 'things.ts'], `${text}\n`)
      assertAnswered(answer, attacks, text)
      if (answer.code !== 0) assert.match(answer.stderr, /line 1 of the input/, attacks)
      if (index % 5 > 0 && !isThorough) continue
      const misfit = await line.run(['topics', 'produce', 'letters', '--file', 'mail.ts'], `${text}\n`)
      assertAnswered(misfit, `${attacks}, which does not fit the schema`, text)
      assert.notEqual(misfit.code, 0, attacks)
    }
    const kept = await line.run(['topics', 'consume', 'things', '--from-beginning', '--no-follow'])
    assert.doesNotMatch(kept.stdout, steers)
    for (const each of kept.stdout.trim().split('\n')) JSON.parse(each)
  })

  await t.test('what fails with escapes in its value, id, message and log is shown without them, by every command', async () => {
    const shown = async (words: readonly string[], code: number) => {
      const answer = await line.run(words)
      assert.equal(answer.code, code, answer.stderr)
      assert.doesNotMatch(answer.stdout + answer.stderr, steers, words.join(' '))
      return answer.stdout
    }
    await shown(['run', 'steering.ts'], 2)
    await shown(['status'], 0)
    const failures = (await shown(['failures', 'steering', '--json'], 0)).trim().split('\n').map(each => JSON.parse(each) as { readonly id: string; readonly item: string })
    assert.deepEqual(new Set(failures.map(({ item }) => item)), new Set(steeringTexts), 'JSON still holds the same values')
    await shown(['failures', 'steering'], 0)
    for (const { id } of failures.slice(2, 8)) await shown(['trace', '--', id], 0)
    const reports = readdirSync(line.place.folder, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('failures.txt'))
    assert.ok(reports.length > 0)
    for (const report of reports) assert.doesNotMatch(readFileSync(`${line.place.folder}/${report}`, 'utf8'), steers)
  })

  await line.end()
})
