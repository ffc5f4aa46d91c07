import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { Workplace } from './workplace.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

const talkative = `
import { items, pipeline } from 'batchwork'
export default pipeline('talkative', flow => {
  flow.source('input', items([1, 2, 3])).work('tell', (n, context) => { context.log.info('told ' + n); console.log('printed ' + n) })
})
`

async function inTerminal(place: Workplace, terminal: string, file = 'talkative.ts'): Promise<string> {
  // Node takes a terminal under CI for one without colours.
  const { NO_COLOR: _noColour, FORCE_COLOR: _forceColour, CI: _ci, ...env } = process.env
  const command = `'${process.execPath}' '${main}' run "$PIPELINE_FILE"; echo "exit $?"`
  const { stdout } = await promisify(execFile)('script', ['--quiet', '--command', command, '/dev/null'], { cwd: place.folder, env: { ...env, TERM: terminal, COLUMNS: '100', PIPELINE_FILE: file } })
  return stdout
}

test('in a terminal bars are drawn and taken away again; what is printed meanwhile stays', { skip: needs('script') }, async t => {
  const shown = await inTerminal(new Workplace(t, { 'talkative.ts': talkative }), 'xterm-256color')
  assert.ok(shown.includes('\u001b[2K'), 'lines are erased')
  assert.ok(shown.includes('\u001b[32m'), 'there are colours')
  const text = stripVTControlCharacters(shown)
  assert.match(text, /talkative · run 1 · 0:00/)
  for (const n of [1, 2, 3]) assert.match(text, new RegExp(`info {2}tell input:0:${n - 1} told ${n}\r\n`))
  for (const n of [1, 2, 3]) assert.match(text, new RegExp(`printed ${n}\r\n`))
  assert.match(text, /✔ complete[^]*the numbers add up[^]*exit 0/)
})

test('a dumb terminal gets plain lines, without colours or movements', { skip: needs('script') }, async t => {
  const shown = await inTerminal(new Workplace(t, { 'talkative.ts': talkative }), 'dumb')
  assert.ok(!shown.includes('\u001b'))
  assert.match(shown, /Running run 1 of 'talkative'; store \.batchwork\r\n/)
  assert.match(shown, /exit 0/)
})

/** Sets the title, clears the screen, goes to its corner, rings, turns text around, asks the terminal something, leaves for another screen, overwrites. */
const hostile = ['\u001b]0;owned\u0007', '\u001b[2J', '\u001b[1;1H', '\u009b2J', '\u001bP+q544e\u001b\\', '\u001b[?1049h', '\u202eevil', 'over\rwritten', 'back\bspace'].join('')

const steering = `
import { items, pipeline } from 'batchwork'
const hostile = ${JSON.stringify(hostile)}
class Odd extends Error { name = 'Odd' + hostile }
export default pipeline('steering', flow => {
  const numbers = flow.source('input', items([1, 2, 3]), { id: n => 'item ' + n + hostile })
  numbers.work('tell', (n, context) => {
    context.log.warn('told ' + n + hostile, { [hostile]: hostile })
    if (n === 2) throw new Odd('two' + hostile)
    return new Promise(resolve => setTimeout(resolve, 300))
  }, { attempts: 1 })
})
`
const misnamed = `
import { items, pipeline } from 'batchwork'
export default pipeline('misnamed', flow => { flow.source('input', items([1])).work('stage ' + ${JSON.stringify(hostile)}, n => n) })
`

/** What the display itself says to the terminal: colours, lines up and down, lines erased, the cursor hidden and shown. */
const ownSequences = new RegExp(`${String.fromCodePoint(0x1b)}\\[(?:\\d*(?:;\\d+)*m|\\d*[AB]|[02]?K|0?J|\\?25[lh])`, 'g')

function checkUnsteered(shown: string): void {
  assert.doesNotMatch(shown.replaceAll(ownSequences, ''), /(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
  for (const text of ['over\rwritten', 'back\bspace', '\u001b[2J', '\u001b]0;']) assert.ok(!shown.includes(text), JSON.stringify(text))
}

test('what steers a terminal reaches none: in ids, error names and messages, logs and their data', { skip: needs('script') }, async t => {
  const shown = await inTerminal(new Workplace(t, { 'steering.ts': steering }), 'xterm-256color', 'steering.ts')
  checkUnsteered(shown)
  assert.ok(shown.includes('\u001b[2K'), 'bars were drawn')
  assert.match(stripVTControlCharacters(shown), /warn {2}tell item 1\\x1b\]0;owned\\x07.*told 1\\x1b\]0;/)
  assert.match(stripVTControlCharacters(shown), /tell: Odd\\x1b\]0;owned[^]*exit 2/)
})

test('nor does it in the name of a stage, or of a file', { skip: needs('script') }, async t => {
  const name = `file ${hostile.replaceAll('/', '')}.ts`
  const place = new Workplace(t, { 'misnamed.ts': misnamed, [name]: talkative })
  for (const [file, exit] of [['misnamed.ts', /exit (?!0)/], [name, /exit \d/], [`no ${name}`, /exit (?!0)/]] as const) {
    const shown = await inTerminal(place, 'xterm-256color', file)
    checkUnsteered(shown)
    assert.match(shown, exit)
  }
})
