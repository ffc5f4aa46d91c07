// `npm run demo`: photographs are made, the image pipeline runs over them, its result is held against the truth and shown. Stopped or
// killed in the middle, the same command goes on where it was; after a finished one it begins anew.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { count: { type: 'string', default: '240' }, seed: { type: 'string', default: '2026' }, folder: { type: 'string', default: 'demo' } } })
const { folder } = values
const example = join('examples', 'image-pipeline')
const census = join(folder, 'census.json')
const truth = join(folder, 'truth.json')

if (existsSync(census) || !existsSync(truth)) {
  rmSync(folder, { recursive: true, force: true })
  node(join(example, 'generate.ts'), '--count', values.count, '--seed', values.seed, '--out', folder)
} else {
  console.log(`going on with the photographs in ${folder}`)
}
node(join('src', 'cli', 'main.ts'), 'run', join(example, 'pipeline.ts'), '--store', join(folder, 'store'), '--folder', folder)
showCensus(JSON.parse(readFileSync(census, 'utf8')) as Readonly<Record<string, number>>)
node(join(example, 'check.ts'), '--truth', truth, '--blurred', join(folder, 'blurred'), '--census', census)
node(join(example, 'montage.ts'), '--truth', truth, '--blurred', join(folder, 'blurred'), '--out', join(folder, 'montage.jpg'))
console.log(`\nbefore and after, for you to look at: ${join(folder, 'montage.jpg')}`)

function node(...command: readonly string[]): void {
  const { status, signal } = spawnSync(process.execPath, command, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 1))
}

function showCensus(counts: Readonly<Record<string, number>>): void {
  const widest = Math.max(...Object.values(counts))
  console.log('\nvehicles by kind and colour')
  for (const [vehicle, count] of Object.entries(counts).toSorted(([, a], [, b]) => b - a)) {
    console.log(`  ${vehicle.padEnd(20)} ${String(count).padStart(4)} ${'█'.repeat(Math.ceil((count / widest) * 40))}`)
  }
  console.log()
}
