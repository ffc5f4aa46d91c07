// Items as what their files hold: one JSON document each, on one line. What the list does not hold is read from the source, a few at a time.
import type { ItemSource, ListedItem } from '../item-source.ts'
import { ItemGoneError } from '../item-gone-error.ts'
import type { ChunkItem } from './chunk-objects.ts'
import { checkItem } from './chunking.ts'

const readsAtOnce = 8

/** Without those that are gone, and those that no object could hold: `onLeftOut` is told of each. */
export async function documentsOfItems(items: readonly ListedItem[], source: ItemSource, signal: AbortSignal, onLeftOut: (name: string, error: Error) => void): Promise<readonly ChunkItem[]> {
  const found: (ChunkItem | undefined)[] = []
  let next = 0
  const readSome = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) found[at] = await documentOf(items[at]!, source, signal, onLeftOut)
  }
  await Promise.all(Array.from({ length: readsAtOnce }, readSome))
  return found.filter(item => item !== undefined)
}

async function documentOf(item: ListedItem, source: ItemSource, signal: AbortSignal, onLeftOut: (name: string, error: Error) => void): Promise<ChunkItem | undefined> {
  const { name } = item
  try {
    const data = 'data' in item ? item.data : await source.read(name, signal)
    const chunkItem = { name, document: JSON.stringify(data) ?? 'null' }
    checkItem(chunkItem)
    return chunkItem
  } catch (error) {
    if (!(error instanceof ItemGoneError) && (error as { code?: unknown }).code !== 'PERMANENT') throw error
    onLeftOut(name, error as Error)
    return undefined
  }
}
