// Items in memory, to be served.
import { contentsOf } from '../../src/queue/source-server/kept-contents.ts'
import type { Shelf } from '../../src/queue/source-server/shelf.ts'

/** What is put into the map is there at the next request. */
export function shelfOf(items: ReadonlyMap<string, object>): Shelf {
  return { description: 'items at hand', contents: async () => contentsOf(items, async data => data), close: async () => {} }
}
