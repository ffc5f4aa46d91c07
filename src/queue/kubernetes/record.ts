// What became of chunks whose Jobs are gone: ConfigMaps with one small entry for each chunk. To write one again changes nothing, so it does not
// matter who writes, or how often. A million items take about as much as their names do when deflated (docs/guides/kubernetes.md has figures).
import type { KubernetesApi } from './api.ts'
import { isKubernetes } from './kubernetes-error.ts'
import { labelsOf, recordName, selectorOf } from './labels.ts'
import type { ConfigMap } from './objects.ts'
import { pack, packNames, unpack, unpackNames } from './packing.ts'

/** Of 1 MiB. */
const recordBytesMax = 900_000
const entryBytesMax = 400_000
const pagesOf = 4

export interface RecordedFailure {
  readonly index: number
  readonly reason: string
  readonly message: string
  readonly attempts: number
}

export interface RecordEntry {
  readonly names: readonly string[]
  readonly failed: readonly RecordedFailure[]
  /** Indexes of items that were given back and are not known any more, with the attempts they had. */
  readonly released: readonly (readonly [index: number, attempts: number])[]
  readonly retried: number
}

interface PackedEntry {
  readonly n: string
  readonly f: readonly (readonly [number, string, string, number])[]
  readonly g: readonly (readonly [number, number])[]
  readonly r: number
}

export class ChunkRecord {
  readonly #api: KubernetesApi
  readonly #queue: string
  readonly #bytes: number[] = []
  readonly #chunks = new Set<string>()

  constructor(api: KubernetesApi, queue: string) {
    this.#api = api
    this.#queue = queue
  }

  has(chunk: string): boolean {
    return this.#chunks.has(chunk)
  }

  /** All entries there are, a few ConfigMaps at a time. */
  async *read(): AsyncGenerator<readonly [chunk: string, entry: RecordEntry]> {
    const selection = { labelSelector: selectorOf(this.#queue, 'record') }
    for await (const { items } of this.#api.list<ConfigMap>('configmaps', selection, { pageSize: pagesOf })) {
      for (const { metadata, binaryData = {} } of items) {
        const number = Number(metadata.name.slice(recordName(this.#queue, 0).length - 1))
        this.#bytes[number] = Object.values(binaryData).reduce((sum, text) => sum + bytesOf(text), 0)
        for (const [chunk, text] of Object.entries(binaryData)) {
          this.#chunks.add(chunk)
          yield [chunk, entryOf(unpack(text) as PackedEntry)]
        }
      }
    }
  }

  async write(chunk: string, entry: RecordEntry): Promise<void> {
    if (this.#chunks.has(chunk)) return
    const text = packed(entry)
    const number = this.#placeFor(bytesOf(text))
    await this.#put(number, { [chunk]: text })
    this.#bytes[number] = (this.#bytes[number] ?? 0) + bytesOf(text)
    this.#chunks.add(chunk)
  }

  #placeFor(bytes: number): number {
    const last = Math.max(0, this.#bytes.length - 1)
    return (this.#bytes[last] ?? 0) + bytes <= recordBytesMax ? last : last + 1
  }

  async #put(number: number, binaryData: Readonly<Record<string, string>>): Promise<void> {
    const name = recordName(this.#queue, number)
    if (this.#bytes[number] === undefined) {
      try {
        await this.#api.create<ConfigMap>('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: labelsOf(this.#queue, 'record') }, binaryData })
        return
      } catch (error) {
        if (!isKubernetes(error, ({ isAlreadyThere }) => isAlreadyThere)) throw error
      }
    }
    await this.#api.patch('configmaps', name, { apiVersion: 'v1', kind: 'ConfigMap', binaryData })
  }
}

/** Where messages would take too much, they are left out and the reasons stay. */
function packed(entry: RecordEntry): string {
  const text = packedWith(entry, ({ message }) => message)
  return bytesOf(text) <= entryBytesMax ? text : packedWith(entry, () => '')
}

function packedWith({ names, failed, released, retried }: RecordEntry, messageOf: (failure: RecordedFailure) => string): string {
  const packedEntry: PackedEntry = { n: packNames(names), f: failed.map(failure => [failure.index, failure.reason, messageOf(failure), failure.attempts]), g: released, r: retried }
  return pack(packedEntry)
}

function entryOf({ n, f, g, r }: PackedEntry): RecordEntry {
  return { names: unpackNames(n), failed: f.map(([index, reason, message, attempts]) => ({ index, reason, message, attempts })), released: g, retried: r }
}

function bytesOf(base64: string): number {
  return Buffer.byteLength(base64, 'base64')
}
