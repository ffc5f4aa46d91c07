// Leaves a store with so many items pending in a topic, none of them worked on.
import { connect, embedded } from 'batchwork'
import { parametersOf, handOver } from '../measure/child.ts'
import { itemAt, type Item } from '../peers/item.ts'
import { input } from './pending-pipeline.ts'

export interface FillStore {
  readonly folder: string
  readonly items: number
}

function* generated(items: number): Generator<Item> {
  for (let id = 0; id < items; id++) yield itemAt(id)
}

const { folder, items } = parametersOf<FillStore>()
const client = await connect({ engine: embedded(folder, { durability: 'full' }) })
const start = performance.now()
await client.publishAll(input, generated(items))
const seconds = (performance.now() - start) / 1000
await client[Symbol.asyncDispose]()
handOver({ seconds })
