// From a file's name to the pipeline in it. A module that does not load is the user's to mend: what is wrong and where, without our stack.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { BatchworkError, shortText, show } from '../model/errors.ts'
import { thrownError } from '../model/thrown.ts'
import { readPipeline, type Pipeline } from '../pipeline/pipeline.ts'
import { nearestTo } from '../pipeline/suggestion.ts'

/** `name` chooses among several: an export's name, or a pipeline's. */
export async function loadPipeline(file: string, name?: string): Promise<Pipeline<any, any>> {
  const exported = pipelinesIn(await loadModule(file))
  if (name !== undefined) return named(file, exported, name)
  const [first, ...others] = new Set(exported.values())
  if (!first) throw new BatchworkError('NO_PIPELINE', `${file} exports no pipeline; end it with: export default pipeline('name', flow => { ... })`)
  if (others.length > 0) throw new BatchworkError('USAGE', `${file} exports ${others.length + 1} pipelines; choose one with --pipeline: ${namesOf(exported)}`)
  return first
}

export async function loadModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(file)
  checkFile(file, path)
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    throw whyNotLoaded(file, path, error)
  }
}

function pipelinesIn(module: Readonly<Record<string, unknown>>): ReadonlyMap<string, Pipeline<any, any>> {
  return new Map(Object.entries(module).filter(([, value]) => readPipeline(value)) as [string, Pipeline<any, any>][])
}

function named(file: string, exported: ReadonlyMap<string, Pipeline<any, any>>, name: string): Pipeline<any, any> {
  const found = exported.get(name) ?? [...exported.values()].find(pipeline => pipeline.name === name)
  if (found) return found
  const nearest = nearestTo(name, [...exported.keys(), ...[...exported.values()].map(pipeline => pipeline.name)])
  const hint = nearest === undefined ? '' : `; did you mean '${nearest}'?`
  throw new BatchworkError('USAGE', `${file} exports no pipeline '${name}'; it exports ${exported.size === 0 ? 'none' : namesOf(exported)}${hint}`)
}

function namesOf(exported: ReadonlyMap<string, Pipeline<any, any>>): string {
  return [...new Set([...exported.values()].map(({ name }) => `'${name}'`))].join(', ')
}

function checkFile(file: string, path: string): void {
  const isThere = existsSync(path)
  if (isThere && statSync(path).isFile()) return
  const what = isThere ? `${shown(file)} is ${statSync(path).isDirectory() ? 'a folder' : 'no regular file'}, but must be a file that exports a pipeline` : `there is no file ${shown(file)}`
  const candidates = namesIn(isThere ? path : dirname(path)).filter(name => /\.[cm]?[jt]s$/.test(name))
  const nearest = nearestTo(basename(file), candidates) ?? candidates.find(name => !isThere && name === `${basename(file)}${extname(name)}`)
  const hint = nearest === undefined ? isThere ? '' : '; correct the path, or start in the folder it is relative to' : `; did you mean ${relative('', join(isThere ? path : dirname(path), nearest))}?`
  throw new BatchworkError('NO_FILE', what + hint)
}

function shown(file: string): string {
  return file === '' ? "''" : shortText(file)
}

/** None where there is no such folder, or it may not be read. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** As Node's own errors have it. */
function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Object.getOwnPropertyDescriptor(error, 'code')?.value : undefined
  return typeof code === 'string' ? code : undefined
}

function whyNotLoaded(file: string, path: string, error: unknown): BatchworkError {
  if (error instanceof BatchworkError) return error
  const { name, message, stack = '' } = thrownError(error) ?? { name: 'Thrown', message: show(error) }
  const code = codeOf(error)
  const options = { cause: error }
  if (isSyntax(name, code)) return new BatchworkError('SYNTAX', `${file} is not valid ${/\.[cm]?ts$/.test(file) ? 'TypeScript' : 'JavaScript'}: ${message}${syntaxPlaceOf(path) ?? placeOf(stack, path)}`, options)
  if (code === 'ERR_MODULE_NOT_FOUND') return new BatchworkError('NO_MODULE', `${file} cannot be loaded: ${message.replace(/ imported from .*$/s, '')}${importerOf(message, path)}; is it installed, and is the path right, with its extension?`, options)
  return new BatchworkError('LOAD', `${file} cannot be loaded: it threw ${name}: ${message}${placeOf(stack, path)}`, options)
}

function isSyntax(name: string, code: string | undefined): boolean {
  return name === 'SyntaxError' || code === 'ERR_INVALID_TYPESCRIPT_SYNTAX' || code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
}

/** Node tells where only on its standard error. Undefined where the mistake is in a file that this one imports. */
function syntaxPlaceOf(path: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' })
  const line = stderr.startsWith(path) ? /^:(\d+)\n/.exec(stderr.slice(path.length))?.[1] : undefined
  return line === undefined ? undefined : `\n  at ${relative('', path)}:${line}`
}

/** Stacks have ten lines, unless someone made them otherwise. */
const stackCharactersMax = 10_000

/** The first place of the stack that is not Node's own. */
function placeOf(whole: string, path: string): string {
  const stack = whole.slice(0, stackCharactersMax)
  const match = /(file:\/\/\/[^\s():]+|\/[^\s():]+):(\d+)(?::(\d+))?/.exec(stack.split('\n').filter(line => !line.includes('node:')).join('\n'))
  const found = match && (match[1]!.startsWith('file:') ? fileURLToPath(match[1]!) : match[1]!)
  return `\n  at ${relative('', found ?? path)}${match ? `:${match[2]}${match[3] ? `:${match[3]}` : ''}` : ''}`
}

function importerOf(message: string, path: string): string {
  const importer = / imported from (.*)$/s.exec(message)?.[1]
  return importer === undefined || importer === path ? '' : `, imported from ${relative('', importer)}`
}
