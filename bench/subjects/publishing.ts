// Publishing alone, no pipeline: without ids, with ids that are all new, and with ids that are all there already.
import { connect, embedded, topic, type Client } from 'batchwork'
import { parametersOf, handOver } from '../measure/child.ts'
import { bytesIn, inFreshFolder } from '../measure/folder.ts'
import { itemAt, type Item } from '../peers/item.ts'

export interface Publishing {
  readonly ids: 'none' | 'new' | 'all duplicates'
  readonly items: number
}

export interface PublishingRun {
  readonly seconds: number
  /** The same, for each tenth of the items: whether it slows as the horizon fills. */
  readonly tenths: readonly number[]
  readonly storeBytes: number
}

async function measure({ ids, items }: Publishing): Promise<PublishingRun> {
  return inFreshFolder(async folder => {
    const client = await connect({ engine: embedded(folder, { durability: 'full' }) })
    if (ids === 'all duplicates') await publish(client, ids, 0, items)
    const tenths: number[] = []
    for (let tenth = 0; tenth < 10; tenth++) tenths.push(await publish(client, ids, Math.floor((items * tenth) / 10), Math.floor((items * (tenth + 1)) / 10), ids === 'all duplicates'))
    await client[Symbol.asyncDispose]()
    return { seconds: tenths.reduce((sum, seconds) => sum + seconds), tenths, storeBytes: bytesIn(folder) }
  })
}

async function publish(client: Client, ids: Publishing['ids'], from: number, to: number, expectsDuplicates = false): Promise<number> {
  const input = topic<Item>('items', ids === 'none' ? {} : { id: item => `order-${item.id}` })
  const start = performance.now()
  const { accepted, duplicates } = await client.publishAll(input, generated(from, to))
  const seconds = (performance.now() - start) / 1000
  const expected = expectsDuplicates ? { accepted: 0, duplicates: to - from } : { accepted: to - from, duplicates: 0 }
  if (accepted !== expected.accepted || duplicates !== expected.duplicates) throw new Error(`Publishing accepted ${accepted} and dropped ${duplicates}; expected ${expected.accepted} and ${expected.duplicates}. The figures of this run are void.`)
  return seconds
}

function* generated(from: number, to: number): Generator<Item> {
  for (let id = from; id < to; id++) yield itemAt(id)
}

const setting = parametersOf<Publishing>()
await measure({ ...setting, items: Math.ceil(setting.items * 0.05) })
handOver(await measure(setting))
