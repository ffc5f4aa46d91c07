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

async function inTerminal(place: Workplace, terminal: string): Promise<string> {
  // Node takes a terminal under CI for one without colours.
  const { NO_COLOR: _noColour, FORCE_COLOR: _forceColour, CI: _ci, ...env } = process.env
  const command = `'${process.execPath}' '${main}' run talkative.ts; echo "exit $?"`
  const { stdout } = await promisify(execFile)('script', ['--quiet', '--command', command, '/dev/null'], { cwd: place.folder, env: { ...env, TERM: terminal, COLUMNS: '100' } })
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
