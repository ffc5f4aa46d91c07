// Lists the splits of a source, once per run and all in one commit: a restart in the middle of 'delete originals' must not list fewer photos.
import type { Commit, Log } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import { chunkItemsMax, encodeEnd, encodeItems } from '../model/items.ts'
import type { Source, SourceContext, Split } from '../source.ts'

export const lister = 'lister'

export interface Listing {
  readonly name: string
  readonly source: Source<unknown>
  readonly topic: string
  readonly store: string
}

export async function listSplits(log: Log, epoch: () => number, { name, source, topic, store }: Listing, context: SourceContext): Promise<void> {
  const [listed] = await log.get(store, [name])
  if (listed) return
  const splits: Split[] = []
  for await (const split of source.splits(context)) splits.push(checked(split, name))
  const chunks = Array.from({ length: Math.ceil(splits.length / chunkItemsMax) }, (_, index) =>
    encodeItems({ values: splits.slice(index * chunkItemsMax, (index + 1) * chunkItemsMax) }))
  const appends = [...chunks, encodeEnd({ producer: lister, round: 1 })].map(chunk => ({ topic, partition: 0, chunk }))
  await log.commit({ epoch: epoch(), appends, progress: [], state: [{ store, key: name, value: String(splits.length) }] } satisfies Commit)
}

function checked(split: Split, source: string): Split {
  if (typeof split?.id === 'string') return split
  throw new BatchworkError('SOURCE', `source '${source}' listed a split without an id; each split needs { id: 'text', data? }`)
}
