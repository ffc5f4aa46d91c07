import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Screen } from '../../src/cli/display/screen.ts'

/** Enough of a terminal: lines, and the cursor movements that the screen uses. */
class Terminal {
  readonly lines: string[] = ['']
  #row = 0

  readonly write = (text: string): boolean => {
    for (const [token] of text.matchAll(/\p{Cc}\[(\d+)([A-Z])|\r|\n|\P{Cc}+/gu)) this.#obey(token)
    return true
  }

  get shown(): readonly string[] {
    return this.lines.slice(0, this.lines.findLastIndex(line => line !== '') + 1)
  }

  #obey(token: string): void {
    const [, count, command] = /^\p{Cc}\[(\d+)([A-Z])$/u.exec(token) ?? []
    if (command === 'A') this.#row -= Number(count)
    else if (command === 'B') this.#row += Number(count)
    else if (command === 'K') this.lines[this.#row] = ''
    else if (token === '\n') this.lines[++this.#row] ??= ''
    else if (token !== '\r') this.lines[this.#row] += token
    assert.ok(this.#row >= 0 && command === undefined || 'ABK'.includes(command!), token)
  }
}

function screenOn(terminal: Terminal) {
  const stream = terminal as unknown as NodeJS.WriteStream
  return { stream, screen: new Screen(stream, []) }
}

test('a block is redrawn in place, longer or shorter', () => {
  const terminal = new Terminal()
  const { screen } = screenOn(terminal)
  for (const lines of [['a', 'b'], ['a 2', 'b 2', 'c 2'], ['only']]) {
    screen.draw(lines)
    assert.deepEqual(terminal.shown, lines)
  }
})

test('other text scrolls by above the block, and is held until its line is whole', () => {
  const terminal = new Terminal()
  const { stream, screen } = screenOn(terminal)
  screen.draw(['bar 1', 'bar 2'])
  stream.write('said\nhalf')
  assert.deepEqual(terminal.shown, ['said', 'bar 1', 'bar 2'])
  stream.write(' and whole\n')
  assert.deepEqual(terminal.shown, ['said', 'half and whole', 'bar 1', 'bar 2'])
  screen.draw(['bar 3'])
  assert.deepEqual(terminal.shown, ['said', 'half and whole', 'bar 3'])
})

test('after it is closed, streams write as before, and nothing that was held is lost', () => {
  const terminal = new Terminal()
  const { stream, screen } = screenOn(terminal)
  screen.draw(['bar'])
  stream.write('rest')
  screen.draw([])
  screen.close()
  stream.write('after\n')
  assert.deepEqual(terminal.shown, ['rest', 'after'])
})
