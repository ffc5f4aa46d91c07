// The topic and the pipeline of the restart benchmark. Its worker never finishes: a process is ended at its first item, so all stay pending.
import { pipeline, topic } from 'batchwork'
import type { Item } from '../peers/item.ts'

export const input = topic<Item>('items')

export function pendingPipeline(atWork: (item: Item) => void) {
  return pipeline('restart', flow => {
    flow.source(input).work('work', async item => {
      atWork(item)
      await new Promise(() => {})
    })
  })
}
