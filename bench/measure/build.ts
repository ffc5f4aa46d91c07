// The package as users have it: the sources built into a folder of their own, and a user's folder where `batchwork` is that build.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Build {
  /** The built command line. */
  readonly main: string
  /** The user's folder. */
  readonly app: string
}

export function buildIn(folder: string): Build {
  const built = join(folder, 'package')
  const app = join(folder, 'app')
  for (const made of [built, join(app, 'node_modules')]) mkdirSync(made, { recursive: true })
  copyFileSync(join(root, 'package.json'), join(built, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(built, 'node_modules'), 'dir')
  symlinkSync(built, join(app, 'node_modules', 'batchwork'), 'dir')
  const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'build.ts'), join(built, 'dist')], { encoding: 'utf8' })
  const main = join(built, 'dist', 'cli', 'main.js')
  if (!existsSync(main)) throw new Error(`The build left no dist/cli/main.js; expected the command line. It said: ${stdout}${stderr}`)
  return { main, app }
}
