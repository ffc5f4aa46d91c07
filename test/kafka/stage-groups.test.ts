// Processes that take some stages of a run only: together they complete it, and what none of them takes is said in plain words.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { connect, items, pipeline } from 'batchwork'
import { Workplace } from '../cli/workplace.ts'
import { needs } from '../needs.ts'
import { testBroker } from './broker.ts'

const skip = needs('java')
const count = 300
const numbers = Array.from({ length: count }, (_, number) => number)

const groups = pipeline('groups', flow => {
  const doubled = flow.source('numbers', items(numbers)).work('double', number => number * 2)
  return { halves: doubled.shard('kinds', { by: number => number, shards: { left: {}, right: {} }, spillAbove: 'never' }).work('halve', number => number / 2) }
})

test('groups of processes complete a run together; while a stage has no process the run waits, and says for which', { skip }, async () => {
  const engine = `kafka://${await testBroker()}/${randomUUID()}`
  await using first = await connect({ engine })
  const waits = Promise.withResolvers<string>()
  const onMessage = ({ message }: { readonly message: string }) => waits.resolve(message)
  const beginning = first.run(groups, { stages: ['numbers', 'double', 'kinds', 'halve/left'], onMessage })
  match(await Promise.race([waits.promise, beginning.then(({ outcome }) => outcome)]), /^no process takes 'halve', and the run waits/)
  await using second = await connect({ engine })
  const [report, other] = await Promise.all([beginning, second.run(groups, { stages: ['halve/right'] })])
  equal(report.outcome, 'completed')
  equal(other.outcome, 'completed')
  const halves: number[] = []
  for await (const half of report.read('halves')) halves.push(half)
  deepEqual(halves.toSorted((a, b) => a - b), numbers)
})

const file = `
import { items, pipeline } from 'batchwork'
export default pipeline('apart', flow => { flow.source('numbers', items([1, 2, 3])).work('first', number => number).work('second', number => number) })
`

test('status tells which stages wait for a process', { skip }, async t => {
  const place = new Workplace(t, { 'apart.ts': file })
  const engine = `kafka://${await testBroker()}/${randomUUID()}`
  const running = place.run(['run', 'apart.ts', '--engine', engine, '--stages', 'numbers,first', '--json'])
  const status = async () => JSON.parse((await place.run(['status', '--engine', engine, '--json'])).stdout || '{}') as { readonly unattended?: readonly string[] }
  let said: readonly string[] = []
  for (let looks = 0; said.length === 0 && looks < 60; looks++) said = (await status()).unattended ?? []
  deepEqual(said, ['second'])
  match((await place.run(['status', '--engine', engine])).stdout, /no process takes 'second': start one with --stages, or without to take all/)
  const [first, second] = await Promise.all([running, place.run(['run', 'apart.ts', '--engine', engine, '--stages', 'second'])])
  equal(first.code, 0, first.stderr)
  equal(second.code, 0, second.stderr)
  ok(!(await status()).unattended?.length)
})

test('the embedded engine refuses --stages, and a name that is not there is told with the nearest', { skip }, async t => {
  const place = new Workplace(t, { 'apart.ts': file })
  const embedded = await place.run(['run', 'apart.ts', '--stages', 'first'])
  equal(embedded.code, 1)
  match(embedded.stderr, /on this engine one process has the whole run; give --engine kafka:/)
  const unknown = await place.run(['run', 'apart.ts', '--engine', `kafka://${await testBroker()}/${randomUUID()}`, '--stages', 'secnd'])
  equal(unknown.code, 1)
  match(unknown.stderr, /no stage 'secnd'; it has 'numbers', 'first', 'second'; did you mean 'second'\?/)
})
