// Defects to be planted in an engine: each stands between the suite and a sound log, and names the sentences of the contract it breaks.
import { setImmediate as turn } from 'node:timers/promises'
import type { Append, Appended, Commit, Log, StoredChunk } from '../../src/log.ts'
import { FencedError, LogError } from '../../src/model/errors.ts'

export interface Defect {
  readonly name: string
  /** Cases that must fail. */
  readonly breaks: readonly string[]
  readonly plant: (log: Log) => Partial<Log>
}

const commitParts = (parts: readonly ((commit: Commit) => Partial<Commit>)[]) => (log: Log): Partial<Log> => ({
  commit: async commit => {
    const results: Appended[] = []
    for (const part of parts) {
      results.push(...await log.commit({ epoch: commit.epoch, appends: [], progress: [], state: [], ...part(commit) }))
      await turn()
    }
    return results
  },
})

const commitWith = (change: (commit: Commit) => Commit) => (log: Log): Partial<Log> => ({ commit: commit => log.commit(change(commit)) })

const readWith = (change: (chunks: readonly StoredChunk[], from: number, count: number) => readonly StoredChunk[]) => (log: Log): Partial<Log> => ({
  read: async (id, from, limits) => change(await log.read(id, from, limits), from, limits?.chunks ?? 1),
})

const refused = 'a commit with an append to an unknown topic is refused, and nothing of it is visible'

export const defects: readonly Defect[] = [
  {
    name: 'progress is made before the transaction instead of in it',
    breaks: [refused, 'who sees a part of a commit sees all of it, in every partition, progress and state included'],
    plant: commitParts([({ progress }) => ({ progress }), ({ appends, state }) => ({ appends, state })]),
  },
  {
    name: 'state is changed before the transaction instead of in it',
    breaks: [refused],
    plant: commitParts([({ state }) => ({ state }), ({ appends, progress }) => ({ appends, progress })]),
  },
  {
    name: 'each append of a commit is its own transaction',
    breaks: ['within one partition nobody sees half a commit', refused],
    plant: log => ({
      commit: async commit => {
        const results: Appended[] = []
        for (const append of commit.appends) {
          results.push(...await log.commit({ ...commit, appends: [append], progress: [], state: [] }))
          await turn()
        }
        await log.commit({ ...commit, appends: [] })
        return results
      },
    }),
  },
  {
    name: 'a commit of a former epoch still appends',
    breaks: ['after the owner left, another process takes over with a higher epoch, and a late commit of the first is refused', 'an owner that was taken for dead cannot commit once another has taken over, even before it is told'],
    plant: log => ({
      commit: async commit => {
        const appends = commit.appends.map(append => ({ ...append, chunk: { ...append.chunk, values: append.chunk.values.slice() } }))
        return log.commit(commit).catch((error: unknown) => {
          if (error instanceof FencedError) return Promise.all(appends.map(append => log.append(append)))
          throw error
        })
      },
    }),
  },
  {
    name: 'an epoch is not higher after a takeover',
    breaks: ['after the owner was killed, another process takes over with a higher epoch and sees what was committed'],
    plant: log => {
      let real = 0
      return {
        join: (group, topics, owner) => log.join(group, topics, {
          assigned: (partitions, epoch) => {
            real = epoch
            owner.assigned(partitions, 1)
          },
          revoked: partitions => owner.revoked(partitions),
        }),
        commit: commit => log.commit({ ...commit, epoch: commit.epoch - 1 + real }),
      }
    },
  },
  {
    name: 'an append is acknowledged before it is stored',
    breaks: ['what was acknowledged is there after the process was killed'],
    plant: log => ({
      append: async append => {
        const { partition } = append
        const end = (await log.topics()).find(({ name }) => name === append.topic)?.extents[partition]?.end
        if (end === undefined) return log.append(append)
        setTimeout(() => { log.append(append).catch(() => {}) }, 3)
        return { offset: end, next: end + append.chunk.count, duplicates: [] }
      },
    }),
  },
  {
    name: 'ids are not looked at in commits',
    breaks: ['ids are seen by topic: in all its partitions, by all processes, in appends and commits alike'],
    plant: commitWith(commit => ({ ...commit, appends: commit.appends.map(({ topic, partition, chunk }) => ({ topic, partition, chunk })) })),
  },
  {
    name: 'what a commit drops is counted nowhere',
    breaks: ['what a commit drops is counted in the state, with the commit or not at all'],
    plant: commitWith(commit => ({ ...commit, appends: commit.appends.map(({ unique, ...rest }) => ({ ...rest, ...(unique && { unique: { ids: unique.ids, forMs: unique.forMs } }) })) })),
  },
  {
    name: 'the same id twice in one chunk is kept twice',
    breaks: ['of the same id twice in one chunk the first is kept'],
    plant: log => ({
      append: append => {
        const { unique, ...rest } = append
        return log.append(unique && new Set(unique.ids).size < unique.ids.length ? rest : append)
      },
    }),
  },
  {
    name: 'ids count as seen although the commit was refused',
    breaks: [refused],
    plant: log => ({
      commit: commit => {
        const seen = commit.appends.filter(({ unique }) => unique)
        const copies = seen.map(append => ({ ...append, chunk: { ...append.chunk, values: append.chunk.values.slice() } }))
        return log.commit(commit).catch(async (error: unknown) => {
          await Promise.all(copies.map(copy => log.append(copy)))
          throw error
        })
      },
    }),
  },
  {
    name: 'a chunk is removed when the first of its subscriptions has done with it',
    breaks: ['nothing is removed that one subscription has not done with'],
    plant: commitWith(commit => ({ ...commit, progress: commit.progress.flatMap(made => ['billing', 'audit'].map(subscription => ({ ...made, subscription }))) })),
  },
  {
    name: 'everything below the highest done offset is removed',
    breaks: ['what is not done stays, even where later chunks are done above the mark', 'a chunk of which one item is not done stays'],
    plant: commitWith(commit => ({ ...commit, progress: commit.progress.map(made => ({ ...made, mark: Math.max(made.mark, made.done.at(-1)?.[1] ?? 0) })) })),
  },
  {
    name: 'a subscription added later is not heeded',
    breaks: ['a subscription added later keeps what is still there', 'a topic that exists keeps its data and takes the new subscriptions'],
    plant: log => ({
      createTopics: async topics => {
        const known = new Set((await log.topics()).map(({ name }) => name))
        await log.createTopics(topics.map(topic => (known.has(topic.name) ? { ...topic, subscriptions: [] } : topic)))
      },
    }),
  },
  {
    name: 'a read that comes to its limit skips the chunk after it',
    breaks: ['chunks follow one another without a hole, whatever the limits'],
    plant: log => ({
      read: async (id, from, limits) => {
        const chunks = await log.read(id, from, limits)
        const last = chunks.at(-1)
        if (!last || (limits?.chunks ?? 1) < 2 || chunks.length < limits!.chunks!) return chunks
        const [skipped] = await log.read(id, last.next)
        return [...chunks.slice(0, -1), { ...last, next: skipped?.next ?? last.next }]
      },
    }),
  },
  {
    name: 'a read from the middle of a chunk starts with the one after it',
    breaks: ['a read starts with the chunk that holds the offset, or the first after it'],
    plant: log => ({
      read: async (id, from, limits) => {
        const chunks = await log.read(id, from, limits)
        return chunks[0] && chunks[0].offset < from && from > 0 ? log.read(id, chunks[0].next, limits) : chunks
      },
    }),
  },
  {
    name: 'the limit in bytes is not heeded',
    breaks: ['a read stops after the chunk that passes the bytes asked for, and gives at least one'],
    plant: log => ({ read: (id, from, limits) => log.read(id, from, { ...limits, bytes: Infinity }) }),
  },
  {
    name: 'values are kept as Latin text',
    breaks: ['any text is kept as it is, in values and columns'],
    plant: readWith(chunks => chunks.map(chunk => ({ ...chunk, values: Buffer.from(chunk.values, 'latin1').toString('latin1') }))),
  },
  {
    name: 'a chunk above a megabyte is refused',
    breaks: ['a chunk of 8 MB is kept'],
    plant: log => ({ append: append => (isLarge(append) ? Promise.reject(new LogError('TOO_LARGE', 'the chunk is too large')) : log.append(append)) }),
  },
  {
    name: 'the appends of a commit are stored in the reverse order',
    breaks: ['a commit gives one result for each of its appends, in their order, and keeps that order within a partition'],
    plant: log => ({ commit: async commit => (await log.commit({ ...commit, appends: commit.appends.toReversed() })).toReversed() }),
  },
  {
    name: 'the results of a commit are in another order than its appends',
    breaks: ['a commit gives one result for each of its appends, in their order, and keeps that order within a partition'],
    plant: log => ({ commit: async commit => (await log.commit(commit)).toReversed() }),
  },
  {
    name: 'the note is dropped',
    breaks: ['progress replaces what was there as a whole: mark, what is done above it, and note'],
    plant: commitWith(commit => ({ ...commit, progress: commit.progress.map(made => ({ ...made, note: undefined })) })),
  },
  {
    name: 'what is done above the mark is dropped',
    breaks: ['a commit stores what is appended, the progress made and the state changed'],
    plant: commitWith(commit => ({ ...commit, progress: commit.progress.map(made => ({ ...made, done: [] })) })),
  },
  {
    name: 'progress of all partitions but the first is lost',
    breaks: ['progress is kept for each subscription, topic and partition for itself'],
    plant: log => ({ progress: async subscription => (await log.progress(subscription)).map(made => ({ ...made, mark: made.mark * Number(made.partition === 0) })) }),
  },
  {
    name: 'a scan follows the UTF-16 units of the keys',
    breaks: ['a scan follows the UTF-8 bytes of the keys, not their UTF-16 units'],
    plant: log => ({
      scan: async (store, after, limit = 1_000) => {
        const all = (await log.scan(store, undefined, Infinity)).toSorted((left, right) => (left.key < right.key ? -1 : 1))
        return all.filter(({ key }) => after === undefined || key > after).slice(0, limit)
      },
    }),
  },
  {
    name: 'a scan has no default limit',
    breaks: ['a scan gives 1,000 entries where no limit is given, and goes through all of them page by page'],
    plant: log => ({ scan: (store, after, limit = Infinity) => log.scan(store, after, limit) }),
  },
  {
    name: 'a removed state entry stays',
    breaks: ['a change replaces the value, null removes the entry, and the last of several changes to a key counts'],
    plant: commitWith(commit => ({ ...commit, state: commit.state.filter(({ value }) => value !== null) })),
  },
  {
    name: 'deleted stores stay',
    breaks: ['stores do not mix; deleted ones are gone, and unknown names are passed over'],
    plant: () => ({ deleteStores: async () => {} }),
  },
  {
    name: 'a watcher hears of its own appends only',
    breaks: ['a watcher is told of what other processes append and commit', 'when a watcher is told, the items are readable: who read to the end before misses nothing'],
    plant: log => {
      let own = 0
      const counted = <Result>(call: () => Promise<Result>): Promise<Result> => {
        own++
        return call().finally(() => own--)
      }
      return {
        append: append => counted(() => log.append(append)),
        commit: commit => counted(() => log.commit(commit)),
        // What is stored at once is told of before the call is counted back.
        watch: listener => log.watch(id => { if (own > 0) listener(id) }),
      }
    },
  },
  {
    name: 'a watcher is told before the items are readable',
    breaks: ['when a watcher is told, the items are readable: who read to the end before misses nothing'],
    plant: log => {
      let toldMs = 0
      return {
        watch: listener => log.watch(id => {
          toldMs = performance.now()
          listener(id)
        }),
        read: async (id, from, limits) => (performance.now() - toldMs < 20 ? [] : log.read(id, from, limits)),
      }
    },
  },
  {
    name: 'a closed log keeps its membership',
    breaks: ['after the owner closed its log, another process takes over with a higher epoch'],
    plant: () => ({ close: async () => {} }),
  },
]

function isLarge({ chunk }: Append): boolean {
  return chunk.values.length > 1_000_000
}

/** The log with some of its methods replaced. */
export function planted(log: Log, { plant }: Defect): Log {
  const changed = plant(log)
  return new Proxy(log, {
    get: (target, name) => {
      const method = changed[name as keyof Log] ?? target[name as keyof Log]
      return typeof method === 'function' ? method.bind(target) : method
    },
  })
}
