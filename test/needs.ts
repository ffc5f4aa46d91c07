// Tests that need a program of the system: `test('...', { skip: needs('ffmpeg') }, ...)` is skipped with that reason on a machine
// without it. In CI (.ci/run installs what is needed) nothing is skipped: a program that is missing there is a failure.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export function needs(...programs: readonly string[]): string | false {
  const missing = programs.filter(program => !isInstalled(program))
  if (missing.length === 0) return false
  if (process.env['CI'] !== undefined) throw new Error(`CI has no ${missing.join(', ')}: add the Debian package to .ci/run.`)
  return `needs ${missing.join(', ')}`
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => isExecutable(join(folder, program)))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
