// Which of several managers acts. The one thing to know: nothing is safe by the lease's time, it only keeps two managers from treading on each other.
// What is safe is the order: a manager claims a chunk, then reads the lease (`isMine`), and only then creates the Job. Whoever took over has
// seen the claim, or this manager sees that it was taken over (docs/decisions/0016-kubernetes-queue.md).
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { KubernetesApi } from './api.ts'
import { isKubernetes, KubernetesError } from './kubernetes-error.ts'
import type { Lease } from './objects.ts'

export interface LeaseOptions {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly durationSeconds: number
  /** Another manager has it, and is waited for. */
  readonly onWaiting: (holder: string) => void
}

export class ManagerLease {
  readonly #api: KubernetesApi
  readonly #options: LeaseOptions
  readonly #identity = `${hostname()}_${process.pid}_${randomBytes(4).toString('hex')}`
  #epoch = 0
  #renewal: NodeJS.Timeout | undefined

  constructor(api: KubernetesApi, options: LeaseOptions) {
    this.#api = api
    this.#options = options
  }

  /** How often the lease changed hands before; another number for each holder. */
  get epoch(): number {
    return this.#epoch
  }

  /** Waits until the lease is free, or its holder has not renewed it for its whole duration, by this machine's own count. */
  async acquire(signal: AbortSignal): Promise<void> {
    let seen: { readonly renewal: string; readonly at: number } | undefined
    let isTold = false
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted()
      const lease = await this.#read()
      const renewal = `${lease?.spec.holderIdentity} ${lease?.spec.renewTime}`
      if (seen?.renewal !== renewal) seen = { renewal, at: performance.now() }
      if (this.#mayTake(lease, performance.now() - seen.at) && await this.#take(lease)) break
      if (!isTold && lease?.spec.holderIdentity) this.#options.onWaiting(lease.spec.holderIdentity)
      isTold = true
      await this.#api.pause(Math.min(attempt, 3))
    }
    this.#renewal = setInterval(() => void this.#renew(), this.#options.durationSeconds * 1000 / 3)
  }

  /** Asks the server, not the clock. */
  async isMine(): Promise<boolean> {
    return (await this.#read())?.spec.holderIdentity === this.#identity
  }

  async release(): Promise<void> {
    clearInterval(this.#renewal)
    const lease = await this.#read()
    if (lease?.spec.holderIdentity !== this.#identity) return
    const { holderIdentity: _, ...spec } = lease.spec
    await this.#write({ ...lease, spec })
  }

  stop(): void {
    clearInterval(this.#renewal)
  }

  #mayTake(lease: Lease | undefined, unchangedMs: number): boolean {
    const holder = lease?.spec.holderIdentity
    return !holder || holder === this.#identity || isDead(holder) || unchangedMs > (lease.spec.leaseDurationSeconds ?? this.#options.durationSeconds) * 1000
  }

  async #take(lease: Lease | undefined): Promise<boolean> {
    const { name, labels, durationSeconds } = this.#options
    this.#epoch = (lease?.spec.leaseTransitions ?? 0) + 1
    const now = microTime()
    const spec = { holderIdentity: this.#identity, leaseDurationSeconds: durationSeconds, acquireTime: now, renewTime: now, leaseTransitions: this.#epoch }
    if (lease !== undefined) return this.#write({ ...lease, spec })
    try {
      await this.#api.create<Lease>('leases', { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, labels }, spec })
      return true
    } catch (error) {
      if (isKubernetes(error, ({ isAlreadyThere }) => isAlreadyThere)) return false
      throw error
    }
  }

  /** False when another wrote meanwhile, or nothing is known of how it went. */
  async #write(lease: Lease): Promise<boolean> {
    try {
      await this.#api.replace<Lease>('leases', lease)
      return true
    } catch (error) {
      if (isKubernetes(error, ({ isConflict, isPassing, isNotFound }) => isConflict || isPassing || isNotFound)) return false
      throw error
    }
  }

  async #renew(): Promise<void> {
    try {
      const lease = await this.#read()
      if (lease?.spec.holderIdentity === this.#identity) await this.#write({ ...lease, spec: { ...lease.spec, renewTime: microTime() } })
    } catch (error) {
      // A missed renewal is made up for by the next; a lost lease is found by isMine.
      if (!(error instanceof KubernetesError) && (error as Error).name !== 'AbortError') throw error
    }
  }

  async #read(): Promise<Lease | undefined> {
    try {
      return await this.#api.get<Lease>('leases', this.#options.name)
    } catch (error) {
      if (isKubernetes(error, ({ isNotFound }) => isNotFound)) return undefined
      throw error
    }
  }
}

/** A process of this machine, or an earlier container of this pod, that is no more. */
function isDead(holder: string): boolean {
  const [host, pid] = holder.split('_')
  if (host !== hostname() || !/^\d+$/.test(pid ?? '')) return false
  if (Number(pid) === process.pid) return true
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}
