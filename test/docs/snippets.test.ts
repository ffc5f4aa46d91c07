// Every snippet of README.md and docs/ is type-checked and run. snippets.ts tells what a document can ask for.
import { equal, ok } from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { snippetsIn, stepsOf } from './snippets.ts'
import { root, Workshop } from './workshop.ts'

const documents = globSync(['README.md', 'docs/**/*.md'], { cwd: root, exclude: ['docs/decisions/**'] }).toSorted()
const workshop = new Workshop()
const folderOf = (document: string) => document.replaceAll('/', '-').replace(/\.md$/, '')
const work = documents.map(document => ({ document, folder: folderOf(document), steps: stepsOf(snippetsIn(readFileSync(join(root, document), 'utf8'))) }))

for (const { folder, steps } of work) workshop.write(folder, steps)

suite('the snippets of the documentation', { concurrency: 2 }, () => {
  after(() => workshop[Symbol.dispose]())

  test('have types that fit', async () => equal(await workshop.typeErrors(), ''))

  for (const { document, folder, steps } of work) {
    if (steps.length === 0) continue
    test(`of ${document} run and give what it says`, async () => {
      for (const step of steps) await workshop.take(folder, step).catch(error => { throw new Error(`${document}:${step.line}: ${(error as Error).message}`) })
    })
  }
})

test('README.md and the guides have snippets to run', () => {
  ok(work.find(({ document }) => document === 'README.md')!.steps.some(({ kind }) => kind === 'shell'))
})
