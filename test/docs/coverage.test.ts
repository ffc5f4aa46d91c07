// Nothing that users can call is left out of the documentation.
import { deepEqual } from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import * as main from 'batchwork'
import * as kafka from 'batchwork/kafka'
import * as sqlite from 'batchwork/sqlite'
import * as testing from 'batchwork/testing'
import { programOf } from '../../src/cli/program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const text = globSync(['README.md', 'docs/{guides,reference}/*.md'], { cwd: root }).map(file => readFileSync(join(root, file), 'utf8')).join('\n')
const isThere = (word: string) => new RegExp(String.raw`(?<![\w-])${word}(?![\w-])`).test(text)

test('every function and class of the package is documented', () => {
  deepEqual(Object.keys({ ...main, ...kafka, ...sqlite, ...testing }).filter(name => !isThere(name)), [])
})

test('every command is documented', () => {
  deepEqual(programOf('0').commands.map(command => command.name()).filter(name => name !== 'help' && !isThere(name)), [])
})

for (const name of ['run', 'deploy']) {
  test(`every long flag of ${name} is documented`, () => {
    const flags = programOf('0').commands.find(command => command.name() === name)!.options.map(({ long }) => long!)
    deepEqual(flags.filter(flag => !isThere(flag)), [])
  })
}
