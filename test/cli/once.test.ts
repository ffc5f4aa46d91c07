// `run --once NAME`: one run, however often the command is given.
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { Workplace, type Ended } from './workplace.ts'

const file = `
import { items, pipeline } from 'batchwork'
export default pipeline('report', flow => {
  flow.source('numbers', items([1, 2, 3])).work('check', number => {
    if (process.env.STOPS === String(number)) process.kill(process.pid, 'SIGKILL')
    return number
  })
})
`

const reportOf = ({ stdout }: Ended) => JSON.parse(stdout.trim().split('\n').at(-1)!)

test('with --once a command that comes after the end of the run begins no other, and tells how it ended', async t => {
  const place = new Workplace(t, { 'report.ts': file })
  const run = async (...words: readonly string[]) => {
    const ended = await place.run(['run', 'report.ts', '--json', ...words])
    const { run: number, outcome, stages } = reportOf(ended)
    return [ended.code, number, outcome, stages.check.done]
  }
  deepEqual(await run('--once=today'), [0, 1, 'completed', 3])
  deepEqual(await run('--once=today'), [0, 1, 'completed', 3])
  deepEqual(await run('--once=tomorrow'), [0, 2, 'completed', 3])
  deepEqual(await run('--once=today'), [0, 1, 'completed', 3])
  deepEqual(await run(), [0, 3, 'completed', 3])
})

test('with --once a run that was killed is gone on with, under the new name where it has another', async t => {
  const place = new Workplace(t, { 'report.ts': file })
  equal((await place.run(['run', 'report.ts', '--once=first'], { env: { STOPS: '2' } })).signal, 'SIGKILL')
  for (const name of ['second', 'second']) {
    const ended = await place.run(['run', 'report.ts', '--json', `--once=${name}`])
    deepEqual([ended.code, reportOf(ended).run], [0, 1])
  }
})
