// This process's part of a run that is shared: the slices it is given and lets go, and whether it leads.
import type { Clock } from '../clock.ts'
import type { Log, Membership, PartitionId } from '../log.ts'
import { FencedError } from '../model/errors.ts'
import type { RunNames } from './names.ts'
import { joined, type Part } from './part.ts'
import { leadTopic, type Holding, type Slice } from './slices.ts'

export interface ShareOptions {
  readonly log: Log
  readonly clock: Clock
  readonly names: RunNames
  readonly holdings: readonly Holding[]
  readonly part: Part
  readonly take: (slices: readonly Slice[]) => void
  /** What is at work may take so long to finish. Resolves when it is committed. */
  readonly letGo: (slices: readonly Slice[], graceMs: number) => Promise<void>
  /** Whether there is work in a slice of this process. */
  readonly isBusy: (slice: Slice) => boolean
  readonly lead: (leads: boolean) => Promise<void>
  readonly onError: (error: unknown) => void
}

const joinAgainMs = 100
/** For what is at work in a slice that another process is to have. */
const letGoMs = 2_000

export class Share {
  readonly #options: ShareOptions
  /** By topic and partition. */
  readonly #slicesOf: ReadonlyMap<string, Holding['slices']>
  readonly #slices = new Set<Slice>()
  #membership: Membership | undefined
  #epoch = -1
  #isLeft = false
  /** What was said by a membership that is over is not heard. */
  #term = 0

  constructor(options: ShareOptions) {
    this.#options = options
    this.#slicesOf = new Map(options.holdings.map(({ topic, slices }) => [options.names.topic(topic), slices]))
  }

  get epoch(): number {
    return this.#epoch
  }

  async join(): Promise<void> {
    const { log, holdings, part, names } = this.#options
    const { topics, only } = joined(holdings, part, names)
    const term = ++this.#term
    const isCurrent = () => term === this.#term
    const membership = await log.join(names.scope, topics, {
      shares: true,
      takesOnly: only,
      isBusy: ({ topic, partition }) => (this.#slicesOf.get(topic)?.[partition] ?? []).some(slice => this.#options.isBusy(slice)),
      assigned: (partitions, epoch) => { if (isCurrent()) this.#assigned(partitions, epoch) },
      revoked: async partitions => { if (isCurrent()) await this.#revoked(partitions) },
      expelled: () => { if (isCurrent()) this.rejoin() },
    })
    if (isCurrent() && !this.#isLeft) this.#membership = membership
    else await membership.leave()
  }

  /** The group took this process for dead, or soon will: what it had is others' by now. It takes part anew. */
  rejoin(): void {
    if (this.#isLeft) return
    const { clock, onError } = this.#options
    const membership = this.#membership
    this.#membership = undefined
    const term = ++this.#term
    const given = [...this.#slices]
    this.#slices.clear()
    void Promise.all([this.#options.letGo(given, 0), this.#options.lead(false), membership?.leave()])
      .catch(() => {})
      .then(() => clock.after(joinAgainMs, () => { if (term === this.#term && !this.#isLeft) this.join().catch(onError) }))
  }

  /** This process has nothing to do. */
  balance(): void {
    this.#membership?.balance?.()
  }

  async leave(): Promise<void> {
    this.#isLeft = true
    this.#term++
    await this.#membership?.leave()
  }

  #assigned(partitions: readonly PartitionId[], epoch: number): void {
    this.#epoch = epoch
    const slices = this.#slicesIn(partitions)
    for (const slice of slices) this.#slices.add(slice)
    if (this.#hasLead(partitions)) this.#options.lead(true).catch(this.#options.onError)
    if (slices.length > 0) this.#options.take(slices)
  }

  async #revoked(partitions: readonly PartitionId[]): Promise<void> {
    const slices = this.#slicesIn(partitions)
    for (const slice of slices) this.#slices.delete(slice)
    const letGo = Promise.all([this.#options.letGo(slices, letGoMs), this.#hasLead(partitions) ? this.#options.lead(false) : undefined])
    // Who lost the log itself would hear of nothing any more, and not know why.
    await letGo.catch((error: unknown) => { if (!(error instanceof FencedError)) this.#options.onError(error) })
  }

  #slicesIn(partitions: readonly PartitionId[]): readonly Slice[] {
    return partitions.flatMap(({ topic, partition }) => this.#slicesOf.get(topic)?.[partition] ?? [])
  }

  #hasLead(partitions: readonly PartitionId[]): boolean {
    const lead = this.#options.names.topic(leadTopic)
    return partitions.some(({ topic }) => topic === lead)
  }
}
