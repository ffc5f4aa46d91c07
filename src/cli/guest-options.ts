// What commands that look at a store have in common.
import type { StoreOptions } from './store.ts'
import { harmlessJson } from './terminal-text.ts'

export interface GuestFlags extends StoreOptions {
  readonly json?: boolean | undefined
  readonly debug?: boolean | undefined
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** JSON text on a line of its own. It may be looked at in a terminal, too. */
export function printJson(json: string): void {
  print(harmlessJson(json))
}
