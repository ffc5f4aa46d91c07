// What commands that look at a store have in common.
import type { StoreOptions } from './store.ts'

export interface GuestFlags extends StoreOptions {
  readonly json?: boolean | undefined
  readonly debug?: boolean | undefined
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
