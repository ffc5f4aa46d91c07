// Wording that would promise too much. docs/reliability.md says why: execution is at least once, committed output is exactly once.
import { deepEqual } from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('../..', import.meta.url))

test("'exactly once' is said of committed output only", () => {
  const paragraphs = globSync(['*.md', 'docs/**/*.md'], { cwd: root, exclude: ['docs/decisions/**'] })
    .flatMap(file => readFileSync(join(root, file), 'utf8').split(/\n(?=\n|- )/).map(text => ({ file, text })))
  deepEqual(paragraphs.filter(({ text }) => /exactly[- ]once/i.test(text) && !/committed\s+output/i.test(text)), [])
})
