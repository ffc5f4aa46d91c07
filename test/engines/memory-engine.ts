// The simulated log as the conformance suite wants it.
import type { Log } from '../../src/log.ts'
import { likeKafka, MemoryLog, MemoryStore, type MemoryStoreOptions } from '../../src/logs/memory/memory-log.ts'
import type { LogEngine, LogFixture } from '../../src/testing/log-conformance.ts'
import { seeded } from './seeded.ts'
import { VirtualClock } from './virtual-clock.ts'

export const kafkaCannot = { 'show together': 'the end of a Kafka transaction reaches each partition for itself' } as const

/** `wrap` stands between the suite and each process, to plant a defect. */
export function memoryEngine(name: string, options: Partial<MemoryStoreOptions> = {}, wrap: (log: MemoryLog) => Log = log => log): LogEngine {
  const cannot = {
    ...options.ownership === 'group' ? {} : { 'share a group': 'one process owns the whole store' },
    ...(options.delayMsMax ?? 0) > 0 ? kafkaCannot : {},
  }
  return { name, cannot, create: async () => memoryFixture(options, wrap) }
}

export function kafkaLikeEngine(seed: number): LogEngine {
  return memoryEngine(`memory, like Kafka, seed ${seed}`, { ...likeKafka, random: seeded(seed) })
}

function memoryFixture(options: Partial<MemoryStoreOptions>, wrap: (log: MemoryLog) => Log): LogFixture {
  const clock = new VirtualClock()
  const store = new MemoryStore({ clock, random: seeded(1), ...options })
  const inner = new Map<Log, MemoryLog>()
  return {
    open: async () => {
      const log = new MemoryLog(store)
      const wrapped = wrap(log)
      inner.set(wrapped, log)
      return wrapped
    },
    crash: log => inner.get(log)!.crash(),
    expel: log => inner.get(log)!.expel(),
    advance: ms => clock.pass(ms),
    remove: async () => {},
  }
}
