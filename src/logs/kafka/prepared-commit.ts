// From a commit to the records and offsets of a transaction. Items whose ids were seen are dropped here, so it is done anew for each try.
import type { Append, Commit } from '../../log.ts'
import { without } from '../../model/items.ts'
import type { GroupMember, Proof } from './group-member.ts'
import type { Ledger } from './ledger.ts'
import type { KafkaNames } from './names.ts'
import { offsetsPerRecord, recordOf, type NewRecord } from './records.ts'
import type { Claims, SeenIds } from './seen-ids.ts'
import type { GroupOffsets } from './transactor.ts'

/** What is asked for: a commit of a member, or an append that needs a transaction. */
export interface Job extends Omit<Commit, 'epoch'> {
  readonly member?: { readonly is: GroupMember, readonly epoch: number } | undefined
}

export interface Prepared<Asked extends Job = Job> {
  readonly job: Asked
  readonly proof: Proof | undefined
  readonly appends: readonly PreparedAppend[]
  readonly ledger: readonly NewRecord[]
  readonly ids: readonly NewRecord[]
}

export interface PreparedAppend {
  /** None where all items are duplicates. */
  readonly record: NewRecord | undefined
  readonly duplicates: readonly number[]
}

/** What the jobs of one transaction see of each other. */
export interface Attempt {
  readonly claims: Claims
  /** By store and key: entries that count duplicates. */
  readonly counts: Map<string, number>
  readonly now: number
}

export interface PreparingParts {
  readonly names: KafkaNames
  readonly ledger: Ledger
  readonly seen: SeenIds
}

export function prepare<Asked extends Job>(parts: PreparingParts, job: Asked, proof: Proof | undefined, attempt: Attempt): Prepared<Asked> {
  const { names, ledger, seen } = parts
  const counted: NewRecord[] = []
  const ids: NewRecord[] = []
  const appends = job.appends.map(append => {
    const duplicates = append.unique ? seen.claim(append, attempt.claims, attempt.now) : []
    const chunk = without(append.chunk, duplicates)
    if (append.unique && chunk.count > 0) ids.push(seen.recordOf(append, duplicates, attempt.now))
    if (duplicates.length > 0) counted.push(...count(ledger, append, duplicates.length, attempt.counts))
    return { duplicates, record: chunk.count === 0 ? undefined : recordOf(names.topic(append.topic), append.partition, chunk, attempt.now) }
  })
  return { job, proof, appends, ids, ledger: [...job.progress.map(each => ledger.progressRecord(each)), ...job.state.map(each => ledger.stateRecord(each)), ...counted] }
}

function count(ledger: Ledger, { unique }: Append, more: number, counts: Map<string, number>): readonly NewRecord[] {
  if (!unique?.countedAs) return []
  const { store, key } = unique.countedAs
  const name = JSON.stringify([store, key])
  const sum = (counts.get(name) ?? Number(ledger.get(store, [key])[0]?.value ?? 0)) + more
  counts.set(name, sum)
  return [ledger.stateRecord({ store, key, value: String(sum) })]
}

/** The marks go to the groups too, where Kafka's tools show lag. A commit without progress is fenced by an offset that says nothing. */
export function groupsOf(names: KafkaNames, prepared: readonly Prepared[]): readonly GroupOffsets[] {
  const byGroup = Map.groupBy(prepared.filter(({ proof }) => proof), ({ proof }) => proof!.group)
  return Array.from(byGroup.values(), own => {
    const marks = new Map([[`0:${names.ledger}`, { topic: names.ledger, partition: 0, offset: 0 }]])
    for (const { topic, partition, mark } of own.flatMap(({ job }) => job.progress)) {
      marks.set(`${partition}:${topic}`, { topic: names.topic(topic), partition, offset: Math.floor(mark / offsetsPerRecord) })
    }
    const { group, member, generation } = own[0]!.proof!
    return { group, member, generation, offsets: [...marks.values()] }
  })
}
