// The conformance suite has to be able to fail: each defect, planted in a sound engine, is found by the case that names it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { logConformance, type LogEngine } from '../../src/testing/log-conformance.ts'
import { memoryEngine } from './memory-engine.ts'
import { defects, planted } from './planted-defects.ts'

const patienceMs = 150

void describe('the conformance suite finds an engine in which', () => {
  for (const defect of defects) {
    void test(defect.name, async () => {
      const engine = { ...memoryEngine(defect.name, {}, log => planted(log, defect)), patienceMs }
      const named = logConformance(engine).filter(({ name }) => defect.breaks.includes(name))
      assert.deepEqual(named.map(({ name }) => name).toSorted(), defect.breaks.toSorted(), 'every case that is to fail exists')
      assert.deepEqual((await failures(engine, defect.breaks)).toSorted(), defect.breaks.toSorted())
    })
  }
})

void test('the suite finds nothing in the same engine without a defect, behind the same wrapper', async () => {
  const engine = memoryEngine('sound', {}, log => planted(log, { name: 'none', breaks: [], plant: () => ({}) }))
  assert.deepEqual(await failures(engine), [])
})

async function failures(engine: LogEngine, names?: readonly string[]): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { name, skip, run } of logConformance(engine)) {
    if (skip !== undefined || (names && !names.includes(name))) continue
    await run().catch(() => failed.push(name))
  }
  return failed
}
