// Holds what came out of a simulated run against what the oracle said.
import assert from 'node:assert/strict'
import type { Simulated, SimulatedRun } from '../../src/testing/simulate.ts'
import type { StageCounts } from '../../src/runtime/counts.ts'
import type { Built } from './built.ts'
import type { Certainty, Expected } from './expected.ts'
import type { Prophecy } from './oracle.ts'
import type { Item } from './shapes.ts'

interface Circumstances {
  readonly isMended: boolean
  /** Stopped when nothing was left. */
  readonly isEndless: boolean
}

/** A prophecy for each run. */
export function judge(result: Simulated<any>, { sinks, topics }: Built, prophecies: readonly Prophecy[], { isMended, isEndless }: Circumstances): void {
  const { runs, written, redrives, report, processes } = result
  const isRepeated = redrives > 0 || report.outcome === 'stopped' || processes > runs.length || isMended
  const inOrder = !isMended && redrives === 0
  const compare = (what: string, expected: Expected | undefined, found: readonly unknown[]) => holds(what, expected, found, isRepeated, inOrder)
  runs.forEach((run, index) => judgeRun(run, prophecies[index]!, isEndless, compare))
  for (const name of sinks) compare(`sink '${name}'`, together(prophecies.map(each => each.sinks[name])), written(name))
  for (const topic of topics) compare(`topic '${topic.name}'`, together(prophecies.map(each => each.topics[topic.name])), written(topic))
}

function judgeRun({ report, outputs, failures }: SimulatedRun<any>, prophecy: Prophecy, isEndless: boolean, compare: (what: string, expected: Expected | undefined, found: readonly unknown[]) => void): void {
  const { outcome, reasons, stages } = report
  assert.equal(outcome === 'stopped', prophecy.isStopped || isEndless, `the run is ${outcome}, because: ${reasons.join('; ')}`)
  assert.equal(report.balanced, true, `the report does not balance: ${JSON.stringify(stages)}`)
  for (const [name, expected] of Object.entries(prophecy.outputs)) compare(`output '${name}'`, expected, (outputs as Record<string, readonly unknown[]>)[name]!)
  compare('the dead letters', prophecy.failures, failures.map(({ stage, item, reason }) => ({ stage, item, reason })))
  for (const [stage, counts] of Object.entries(stages)) checkCounts(stage, counts, failures.filter(failure => failure.stage === stage).length, prophecy.isStopped)
}

/** What several runs have written to one place. */
function together(all: readonly (Expected | undefined)[]): Expected | undefined {
  const [first] = all
  return first && { ...first, values: all.flatMap(expected => expected!.values), isOrdered: first.isOrdered && all.length === 1 }
}

function checkCounts(stage: string, counts: StageCounts, failures: number, isStopped: boolean): void {
  assert.equal(counts.failed, failures, `'${stage}' counts ${counts.failed} failed, and the dead letters hold ${failures}`)
  for (const [name, value] of Object.entries(counts)) assert.ok(value >= 0, `'${stage}' counts ${value} ${name}`)
  assert.equal(counts.inFlight, 0, `'${stage}' has items in flight`)
  if (!isStopped) assert.equal(counts.waiting, 0, `${counts.waiting} items wait for '${stage}'`)
}

function holds(what: string, expected: Expected | undefined, found: readonly unknown[], isRepeated: boolean, inOrder: boolean): void {
  if (!expected) return
  const { kind, values, certainty, mayRepeat, isOrdered } = expected
  if (kind === 'last') return alike(what, certainty, values, found.slice(-1))
  if (kind === 'last by key') return alike(what, certainty, values, [...new Map((found as { readonly key: unknown }[]).map(each => [each.key, each])).values()])
  if (isOrdered && inOrder) assert.deepEqual(byKey(found), certainty === 'none' || found.length === 0 ? byKey(found) : byKey(values), `${what}: the items of a key are not in order`)
  if (!mayRepeat || !isRepeated) return alike(what, certainty, values, found)
  const wanted = new Set(texts(values))
  for (const text of texts(found)) assert.ok(wanted.has(text), `${what} holds ${text}, which nobody expected`)
  if (certainty === 'all') assert.ok(found.length >= values.length && new Set(texts(found)).size === wanted.size, `${what} holds ${found.length} of ${values.length}`)
}

function alike(what: string, certainty: Certainty, values: readonly unknown[], found: readonly unknown[]): void {
  if (certainty === 'maybe') return isPart(what, values, found)
  assert.deepEqual(texts(found), certainty === 'all' ? texts(values) : [], what)
}

/** Nothing that was not expected, and nothing twice. */
function isPart(what: string, values: readonly unknown[], found: readonly unknown[]): void {
  const left = texts(values) as string[]
  for (const text of texts(found)) {
    const index = left.indexOf(text)
    assert.ok(index >= 0, `${what} holds ${text}, which nobody expected`)
    left.splice(index, 1)
  }
}

function texts(values: readonly unknown[]): readonly string[] {
  return values.map(value => JSON.stringify(value)).toSorted()
}

function byKey(items: readonly unknown[]): unknown {
  const groups = new Map<number, number[]>()
  for (const { n } of items as readonly Item[]) groups.set(n % 4, [...(groups.get(n % 4) ?? []), n])
  return [...groups].toSorted(([a], [b]) => a - b)
}
