// The store that a command works on. Commands that look at one never make one.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { defaultFolder, engineOf, isKafka } from '../client/engine.ts'
import type { Log } from '../log.ts'
import { shownAddress } from '../logs/kafka/address.ts'
import { BatchworkError, show } from '../model/errors.ts'

export interface StoreOptions {
  readonly store?: string | undefined
  readonly engine?: string | undefined
}

/** As the user gave it, for messages: --store, --engine, BATCHWORK_ENGINE, ./.batchwork. */
export function engineName({ store, engine }: StoreOptions): string {
  if (store !== undefined && engine !== undefined) throw new BatchworkError('USAGE', `--store '${store}' and --engine '${engine}' both say where the run is kept; give one of them`)
  if (store === '') throw new BatchworkError('USAGE', `--store is empty, but must be a folder; leave it out for ./${defaultFolder}`)
  const given = store ?? engine ?? process.env['BATCHWORK_ENGINE'] ?? defaultFolder
  if (given.includes('\0')) throw new BatchworkError('USAGE', `the store ${show(given)} has a NUL character in it, which no folder's name can have; give another --store`)
  return given === 'embedded' ? defaultFolder : given
}

/** The same without passwords: for people. */
export function engineShown(options: StoreOptions): string {
  return shownAddress(engineName(options))
}

/** Where files go that belong to the store: its own folder, or one here for a store that is elsewhere. */
export function folderBeside(options: StoreOptions): string {
  const name = engineName(options)
  return isKafka(name) ? defaultFolder : name
}

/** Lets the store's thread start while what is to run is loaded. Nothing is opened or made. */
export async function prepareStore(options: StoreOptions): Promise<void> {
  if (!isKafka(engineName(options))) (await import('../logs/embedded/thread.ts')).startThread()
}

/** Opens the store, and makes it where there is none. */
export function openOrMakeStore(options: StoreOptions): Promise<Log> {
  return engineOf(engineName(options)).open()
}

/** Opens what is there. Throws NO_STORE. */
export async function openStore(options: StoreOptions): Promise<Log> {
  const name = engineName(options)
  const engine = engineOf(name)
  if (!hasStore(name)) {
    const elsewhere = options.store === undefined ? "; run a pipeline here first, or say where one ran with --store" : '; run a pipeline with it first, or check the path'
    throw new BatchworkError('NO_STORE', `there is no Batchwork store in ${resolve(name)}${elsewhere}`)
  }
  return engine.open()
}

/** A store elsewhere says so itself when it is opened. */
export function hasStore(name: string): boolean {
  return isKafka(name) || existsSync(join(name, 'store.db'))
}

/** Opens the store for one piece of work. */
export async function withStore<T>(options: StoreOptions, work: (log: Log) => Promise<T>): Promise<T> {
  const log = await openStore(options)
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}
