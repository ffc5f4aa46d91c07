// The specification of Log as cases to run: for everyone who writes an engine. A case that fails names the sentence that does not hold.
import { describe, test } from 'node:test'
import { appending } from './log-conformance/appending.ts'
import type { Check } from './log-conformance/check.ts'
import { closing } from './log-conformance/closing.ts'
import { committing } from './log-conformance/committing.ts'
import type { ConformanceCase, LogEngine } from './log-conformance/engine.ts'
import { joining } from './log-conformance/joining.ts'
import { progressing } from './log-conformance/progress.ts'
import { reading } from './log-conformance/reading.ts'
import { removal } from './log-conformance/removal.ts'
import { Scene } from './log-conformance/scene.ts'
import { state } from './log-conformance/state.ts'
import { topics } from './log-conformance/topics.ts'
import { uniqueIds } from './log-conformance/unique-ids.ts'
import { watching } from './log-conformance/watching.ts'

export type { Capability, ConformanceCase, LogEngine, LogFixture } from './log-conformance/engine.ts'

const checks: readonly Check[] = [
  ...topics, ...appending, ...reading, ...committing, ...progressing, ...state, ...uniqueIds, ...removal, ...joining, ...watching, ...closing,
]

/** The cases, to be run by any test runner. Each gets fresh storage. */
export function logConformance(engine: LogEngine): readonly ConformanceCase[] {
  return checks.map(({ name, needs = [], run }) => {
    const skip = needs.flatMap(need => engine.cannot?.[need] ?? []).join('; ')
    return { name, skip: skip || undefined, run: () => Scene.run(engine, run) }
  })
}

/**
 * Registers the cases with node:test.
 *
 *     testLogConformance({ name: 'my engine', create: async () => ({ open: () => openMine(folder), remove: () => rm(folder) }) })
 */
export function testLogConformance(engine: LogEngine): void {
  void describe(`the log of ${engine.name}`, () => {
    for (const { name, skip, run } of logConformance(engine)) void test(name, { skip: skip ?? false }, run)
  })
}
