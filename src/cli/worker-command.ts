// A worker runs in a folder of its own, so a program or script that was given relative to this one is looked up here.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { BatchworkError } from '../model/errors.ts'

const interpreters = /^(sh|bash|dash|zsh|ksh|node|deno|bun|python[\d.]*|perl|ruby|php|Rscript)$/
/** A word that the shell takes as it stands. */
const plainWord = /^[\w@%+=:,./-]+$/

/** The command with its program, or an interpreter's script, by its full path. Throws BatchworkError where there is no such program. */
export function workerCommand(command: string, folder = process.cwd()): string {
  const [, space = '', first = '', gap = '', second = '', rest = ''] = /^(\s*)(\S+)(\s*)(\S*)(.*)$/s.exec(command) ?? []
  if (first === '') throw new BatchworkError('USAGE', '--worker is empty, but must be a shell command')
  if (interpreters.test(first) && plainWord.test(second) && existsSync(resolve(folder, second))) return `${space}${first}${gap}${quoted(resolve(folder, second))}${rest}`
  if (!plainWord.test(first) || first.includes('=')) return command
  if (!first.includes('/')) checkProgram(first)
  if (!first.includes('/') || first.startsWith('/')) return command
  const path = resolve(folder, first)
  if (!existsSync(path)) throw new BatchworkError('USAGE', `--worker '${command}': there is no ${first} in this folder; give the path of the program`)
  return `${space}${quoted(path)}${gap}${second}${rest}`
}

/** Programs, and whatever else the shell knows. */
function checkProgram(name: string): void {
  const { status } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' })
  if (status !== 0) throw new BatchworkError('USAGE', `--worker '${name}' is not a program that the shell finds; a file of this folder is given as ./${name}`)
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`
}
