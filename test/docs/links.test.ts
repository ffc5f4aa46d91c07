// Links between documents, and from them to examples and tests, lead somewhere.
import { deepEqual } from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('../..', import.meta.url))
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root })

test('every relative link leads to a file, and to a heading where it names one', () => {
  deepEqual(documents.flatMap(document => linksIn(document).filter(link => !leadsSomewhere(document, link)).map(link => `${document}: ${link}`)), [])
})

function linksIn(document: string): readonly string[] {
  const text = readFileSync(join(root, document), 'utf8').replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1]!).filter(link => !/^[a-z]+:/.test(link))
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const file = path === '' ? document : normalize(join(dirname(document), path))
  return existsSync(join(root, file)) && (heading === undefined || headingsIn(file).includes(heading))
}

/** As GitHub names them. */
function headingsIn(file: string): readonly string[] {
  const headings = readFileSync(join(root, file), 'utf8').matchAll(/^#+ (.+)$/gm)
  return [...headings].map(match => match[1]!.toLowerCase().replaceAll(/[^\w\- ]/g, '').replaceAll(' ', '-'))
}
