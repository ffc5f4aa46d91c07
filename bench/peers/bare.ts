// The ceiling: the steps of a durable stage in one file, with none of our abstractions. Node 24 only.
// The main thread makes, stringifies, parses and processes; a store thread commits chunks and progress to SQLite, all waiting messages in one transaction.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isMainThread, parentPort, receiveMessageOnPort, Worker, workerData, type MessagePort } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import type { Measurement, Peer } from './contract.ts'
import { itemsBetween, ProcessedCount, type Item } from './item.ts'

const chunkSize = 1_000
const appendWindowChunks = 32
const readWindowChunks = 16
/** The page size comes first: it cannot be changed any more once the file is in WAL mode. */
const settings = [
  'PRAGMA page_size = 65536',
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  'PRAGMA wal_autocheckpoint = 500',
  'PRAGMA cache_size = -65536'
]

type ToStore =
  | { readonly kind: 'append'; readonly chunk: number; readonly text: string }
  | { readonly kind: 'read'; readonly chunk: number }
  | { readonly kind: 'acknowledge'; readonly chunk: number; readonly outcomes: Uint8Array }
  | { readonly kind: 'close' }

type FromStore =
  | { readonly kind: 'committed'; readonly appended: number; readonly acknowledged: number }
  | { readonly kind: 'chunk'; readonly chunk: number; readonly text: string }

// ---- the store thread

interface StoredChunk {
  readonly text: string
  readonly checksum: number
}

function runStore(port: MessagePort, file: string): void {
  const database = new DatabaseSync(file)
  for (const pragma of settings) database.exec(pragma)
  database.exec('CREATE TABLE chunks (number INTEGER PRIMARY KEY, text TEXT, checksum INTEGER, chain BLOB)')
  database.exec('CREATE TABLE progress (chunk INTEGER PRIMARY KEY, outcomes BLOB)')
  const insertChunk = database.prepare('INSERT INTO chunks VALUES (?, ?, ?, ?)')
  const selectChunk = database.prepare('SELECT text, checksum FROM chunks WHERE number = ?')
  const insertProgress = database.prepare('INSERT INTO progress VALUES (?, ?)')
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  let chain: Buffer = Buffer.alloc(32)
  const link = Buffer.alloc(4)

  const append = (chunk: number, text: string): void => {
    const checksum = crc32(text)
    link.writeUInt32LE(checksum)
    chain = createHash('sha256').update(chain).update(link).digest()
    insertChunk.run(chunk, text, checksum, chain)
  }
  const acknowledge = (chunk: number, outcomes: Uint8Array): void => {
    insertProgress.run(chunk, outcomes)
  }
  const read = (chunk: number): void => {
    const row = selectChunk.get(chunk) as unknown as StoredChunk
    if (crc32(row.text) !== row.checksum) throw new Error(`Chunk ${chunk} does not match its checksum ${row.checksum}.`)
    port.postMessage({ kind: 'chunk', chunk, text: row.text } satisfies FromStore)
  }

  /** Writes every waiting message in one transaction, synced once, and only then answers. */
  const commitAllWaiting = (first: ToStore): void => {
    const reads: number[] = []
    let appended = 0
    let acknowledged = 0
    let closing = false
    begin.run()
    for (let message: ToStore | undefined = first; message !== undefined; message = receiveMessageOnPort(port)?.message) {
      switch (message.kind) {
        case 'append':
          append(message.chunk, message.text)
          appended += 1
          break
        case 'acknowledge':
          acknowledge(message.chunk, message.outcomes)
          acknowledged += 1
          break
        case 'read':
          reads.push(message.chunk)
          break
        case 'close':
          closing = true
      }
    }
    commit.run()
    if (appended + acknowledged > 0) port.postMessage({ kind: 'committed', appended, acknowledged } satisfies FromStore)
    for (const chunk of reads) read(chunk)
    if (!closing) return
    database.close()
    port.close()
  }
  port.on('message', commitAllWaiting)
}

// ---- the main thread

async function noOp(_item: Item): Promise<void> {}

/** One bit an item, set when its work has ended well. */
async function processChunk(text: string, processed: ProcessedCount): Promise<Uint8Array> {
  const items = JSON.parse(text) as Item[]
  const outcomes = new Uint8Array(Math.ceil(items.length / 8))
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index]!
    await noOp(item)
    processed.add(item.id)
    outcomes[index >> 3]! |= 1 << (index & 7)
  }
  return outcomes
}

async function runStage(store: Worker, items: number, processed: ProcessedCount): Promise<void> {
  const chunks = Math.ceil(items / chunkSize)
  const finished = Promise.withResolvers<void>()
  const ready: string[] = []
  let sent = 0
  let appended = 0
  let requested = 0
  let acknowledged = 0
  let handled = 0
  let busy = false

  const send = (message: ToStore, transfer: ArrayBuffer[] = []): void => store.postMessage(message, transfer)
  const appendMore = (): void => {
    while (sent < chunks && sent - appended < appendWindowChunks) {
      const text = JSON.stringify(itemsBetween(sent * chunkSize, Math.min((sent + 1) * chunkSize, items)))
      send({ kind: 'append', chunk: sent, text })
      sent += 1
    }
  }
  const readMore = (): void => {
    while (requested < appended && requested - handled < readWindowChunks) send({ kind: 'read', chunk: requested++ })
  }
  const processReady = async (): Promise<void> => {
    if (busy) return
    busy = true
    for (let text = ready.shift(); text !== undefined; text = ready.shift()) {
      const outcomes = await processChunk(text, processed)
      send({ kind: 'acknowledge', chunk: handled, outcomes }, [outcomes.buffer as ArrayBuffer])
      handled += 1
      readMore()
    }
    busy = false
  }
  store.on('message', (message: FromStore) => {
    if (message.kind === 'committed') {
      appended += message.appended
      acknowledged += message.acknowledged
      appendMore()
      readMore()
      if (acknowledged === chunks) finished.resolve()
    } else {
      ready.push(message.text)
      processReady().catch(finished.reject)
    }
  })
  store.once('error', finished.reject)
  appendMore()
  await finished.promise
}

async function measure(items: number): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-bare-'))
  const store = new Worker(new URL(import.meta.url), { workerData: { bareStoreFile: join(folder, 'log.sqlite') } })
  await once(store, 'online')
  const processed = new ProcessedCount(items)
  const start = performance.now()
  await runStage(store, items, processed)
  const seconds = (performance.now() - start) / 1000
  processed.assertEachOnce()
  store.postMessage({ kind: 'close' } satisfies ToStore)
  await once(store, 'exit')
  rmSync(folder, { recursive: true, force: true })
  return { seconds }
}

export const peer: Peer = {
  name: 'bare',
  version: `Node ${process.versions.node}, SQLite ${process.versions['sqlite']}`,
  settings: `node:sqlite WAL synchronous=FULL, pages of 64 KiB, on a thread of its own; chunks of ${chunkSize}; crc32 and sha256 chain; publishing and processing at once`,
  async prepare() {},
  run: measure,
  async close() {}
}

if (!isMainThread && parentPort !== null && workerData?.bareStoreFile !== undefined) runStore(parentPort, workerData.bareStoreFile)
