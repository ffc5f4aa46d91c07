// The context of a worker that is tested as the function it is.
import type { Context } from '../model/worker.ts'

/**
 * A context for a call of a worker in a test. What it says to its log goes nowhere, unless `log` is given.
 *
 *     await resize(photo, testContext({ attempt: 2 }))
 */
export function testContext(overrides: Partial<Context> = {}): Context {
  const id = overrides.id ?? 'item-1'
  const say = () => {}
  return {
    id, key: undefined, time: new Date(0), headers: {}, origin: id,
    attempt: 1, attempts: 3, stage: 'test', shard: undefined,
    signal: new AbortController().signal,
    log: { info: say, warn: say, error: say },
    progress: say,
    ...overrides,
  }
}
