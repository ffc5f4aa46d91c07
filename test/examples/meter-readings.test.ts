import { deepEqual, equal } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

onEachEngine('each reading is in one file of the archive, and the files hold as many as the list says', async engine => {
  using example = new Example('meter-readings', engine)
  equal((await example.node('generate.ts')).code, 0)
  const { code, errors } = await example.run()
  equal(code, 0, errors)

  const archived = new Map(readdirSync(join(example.path, 'out', 'archive')).map(file => [file, linesOf(gunzipSync(readFileSync(join(example.path, 'out', 'archive', file))).toString())]))
  const given = readdirSync(join(example.path, 'out', 'readings')).flatMap(file => linesOf(example.text(`out/readings/${file}`)))
  deepEqual([...archived.values()].flat().toSorted(), given.toSorted())
  const [, ...list] = linesOf(example.text('out/archive.csv'))
  deepEqual(list.toSorted(), [...archived].map(([file, lines]) => `${file},${lines.length}`).toSorted())
  deepEqual([...archived.values()].map(lines => lines.length).toSorted((a, b) => b - a), [500, 500, 200])
})

function linesOf(text: string): readonly string[] {
  return text.trimEnd().split('\n')
}
