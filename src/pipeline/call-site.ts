// Where the user's code called this package: for error messages, and for the module that worker threads import.
// Frames of our own folder are skipped; where a bundler has put user and package into one file, the outermost frame counts.
import { isAbsolute, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { getCallSites, type CallSiteObject } from 'node:util'
import { ownFolder } from '../model/own-files.ts'

export interface CallSite {
  /** 'parking.ts:7:4': file, line and column, relative to the working folder where the file is inside it. */
  readonly at: string
  /** URL of the file; undefined for code without one, such as `node --eval`. */
  readonly module: string | undefined
}

/** The usual call is a few frames up. Only where a long way through our own frames hides it are more taken. */
const framesUsually = 8
const framesMax = 200

export function callSite(): CallSite {
  const frame = outside(getCallSites(framesUsually)) ?? outermost(getCallSites(framesMax))
  if (!frame) return { at: '', module: undefined }
  const module = hasNoFile(frame) ? undefined : urlOf(frame.scriptName)
  const file = module?.startsWith('file:') ? shortPath(fileURLToPath(module)) : frame.scriptName
  return { at: `${file}:${frame.lineNumber}:${frame.columnNumber}`, module }
}

function outside(frames: readonly CallSiteObject[]): CallSiteObject | undefined {
  return frames.find(frame => !isRuntime(frame) && !urlOf(frame.scriptName)?.startsWith(ownFolder))
}

function outermost(frames: readonly CallSiteObject[]): CallSiteObject | undefined {
  return outside(frames) ?? frames.findLast(frame => !isRuntime(frame))
}

function isRuntime({ scriptName }: CallSiteObject): boolean {
  return scriptName === '' || scriptName.startsWith('node:')
}

/** What --eval runs looks like a file beside the working folder: file:///home/ana/[eval1]. */
function hasNoFile({ scriptName }: CallSiteObject): boolean {
  return /\[eval\d*\]$/.test(scriptName)
}

/** CommonJS has paths where modules have URLs. */
function urlOf(scriptName: string): string | undefined {
  if (isAbsolute(scriptName)) return pathToFileURL(scriptName).href
  return /^[a-z][a-z0-9+.-]+:/i.test(scriptName) ? scriptName : undefined
}

function shortPath(path: string): string {
  const inside = relative(process.cwd(), path)
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside
}
