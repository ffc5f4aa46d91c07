import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gated, mail, noted, numbers, retried } from './pipelines.ts'
import { jsonLines, Workplace } from './workplace.ts'

describe('redrive', { concurrency: 2 }, () => {
  const idsLeft = async (place: Workplace) => jsonLines((await place.run(['failures', '--json'])).stdout).map(({ id }) => id)

  test('sends back all of a stage, some by id, or some by error; the next run does them', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers })
    await place.run(['run', 'numbers.ts'], { env: { BAD: '0,1,2,3,4' } })
    assert.deepEqual(await idsLeft(place), [0, 1, 2, 3, 4].map(n => `input:0:${n}`))
    assert.match((await place.run(['redrive', 'double', '--id', 'input:0:0', 'input:0:1'])).stdout, /^2 items sent back to 'double'/)
    assert.match((await place.run(['redrive', 'numbers/double', '--error', 'cannot double 3'])).stdout, /^1 item sent back/)
    assert.deepEqual(await idsLeft(place), ['input:0:2', 'input:0:4'])
    const partly = await place.run(['run', 'numbers.ts'])
    assert.equal(partly.code, 2, partly.stdout)
    assert.match(partly.stdout, /^double +6 +4 +4 +0 +0 +2 /m)
    assert.deepEqual(jsonLines((await place.run(['redrive', 'double', '--json'])).stdout), [{ stage: 'double', redriven: 2 }])
    const whole = await place.run(['run', 'numbers.ts'])
    assert.equal(whole.code, 0, whole.stdout)
    assert.match(whole.stdout, /numbers · run 1 ✔ complete/)
    assert.match((await place.run(['failures'])).stdout, /^Nothing is set aside in run 1 of 'numbers'/)
  })

  test('that fits nothing says so; an unknown stage is an error', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers })
    await place.run(['run', 'numbers.ts'], { env: { BAD: '1' } })
    assert.match((await place.run(['redrive', 'double', '--error', 'out of memory'])).stdout, /^Nothing that was set aside in 'double' fits/)
    const { code, stderr } = await place.run(['redrive', 'halve'])
    assert.equal(code, 1)
    assert.match(stderr, /no run in this store has a stage 'halve'/)
  })

  test('reaches a run that goes on in another process', async t => {
    const place = new Workplace(t, { 'mail.ts': mail })
    const letters = place.begin(['start', 'mail.ts'], { env: {} })
    await letters.until('stderr', /Running 'mail'/)
    await place.run(['topics', 'produce', 'letters'], { input: '{"to":"bad"}\n{"to":"ada"}\n' })
    await letters.until('stderr', /SENT ada/)
    assert.deepEqual(jsonLines((await place.run(['redrive', 'send', '--json'])).stdout), [{ stage: 'send', redriven: 1 }])
    letters.kill('SIGTERM')
    assert.equal((await letters.ended).code, 0)
  })
})

describe('looking at a store', { concurrency: 2 }, () => {
  test('status shows stages in the order of the plan, beside a run that goes on', async t => {
    const place = new Workplace(t, { 'gated.ts': gated, 'noted.ts': noted })
    await place.run(['run', 'gated.ts'], { env: { BAD: '3' } })
    const owner = place.begin(['run', 'noted.ts', '--json'], { env: { HELD: '2' } })
    await owner.until('stdout', /"done":2/)
    const states = jsonLines((await place.run(['status', '--json'])).stdout)
    assert.deepEqual(states.map(({ pipeline, status }) => [pipeline, status]), [['gated', 'stopped'], ['noted', 'running']])
    assert.deepEqual(Object.keys(states[0].stages), ['blur', 'delete originals'])
    assert.deepEqual([states[0].stages.blur.failed, states[1].stages.note.done], [1, 2])
    const text = (await place.run(['status', 'noted'])).stdout
    assert.match(text, /^noted · run 1 ▸ running\n/)
    owner.kill('SIGINT')
    await owner.ended
  })

  test('failures are listed by pipeline, run and stage; what is not there is an error with a suggestion', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers })
    await place.run(['run', 'numbers.ts'], { env: { BAD: '1' } })
    await place.run(['run', 'numbers.ts'], { env: { BAD: '2,3' } })
    assert.match((await place.run(['failures'])).stdout, /double input:0:2 from item 3\n {2}PermanentError: cannot double 2\n[^]*2 items set aside in run 2 of 'numbers'/)
    assert.match((await place.run(['failures', 'numbers', '--run', '1', '--stage', 'double'])).stdout, /1 item set aside in run 1/)
    assert.match((await place.run(['failures', 'nubmers'])).stderr, /there is no pipeline 'nubmers' in this store; it has 'numbers'; did you mean 'numbers'\?/)
    assert.match((await place.run(['failures', '--stage', 'dobule'])).stderr, /there is no stage 'dobule' in this store; it has 'double'; did you mean 'double'\?/)
    assert.match((await place.run(['failures', '--run', '7'])).stderr, /there is no run 7 in this store; it has 1, 2/)
  })

  test('the trace of an item shows its retry and both its copies', async t => {
    const place = new Workplace(t, { 'retried.ts': retried })
    assert.equal((await place.run(['run', 'retried.ts'])).code, 0)
    const steps = jsonLines((await place.run(['trace', 'input:0:1', '--json'])).stdout)
    assert.deepEqual(steps.slice(0, 2).map(({ stage, attempt, event }) => [stage, attempt, event.replace(/after .*Z/, 'after T')]), [
      ['fetch', 1, 'failed, again after T: Error: connection reset'], ['fetch', 2, 'done'],
    ])
    assert.deepEqual(steps.slice(2).map(({ stage, event }) => `${stage} ${event}`).toSorted(), ['archive done', 'index done'])
    const text = (await place.run(['trace', 'input:0:1'])).stdout
    assert.match(text, /^input:0:1 in retried\/1 since \d{4}-/)
    assert.match(text, /\+0 ms {2}fetch +failed, again after .*: Error: connection reset/)
    assert.match(text, /fetch +done attempt 2/)
    const { code, stderr } = await place.run(['trace', 'input:0:99'])
    assert.equal(code, 1)
    assert.match(stderr, /nothing is known of an item 'input:0:99' in this store/)
  })
})

describe('topics', { concurrency: 2 }, () => {
  test('are filled from standard input and read as JSON lines, a few or as they come', async t => {
    const place = new Workplace(t, {})
    const produced = await place.run(['topics', 'produce', 'letters'], { input: '{"to":"ada"}\n\n{"to":"grace"}\n{"to":"mary"}\n' })
    assert.equal(produced.stdout, "3 items added to 'letters'.\n")
    assert.equal((await place.run(['topics', 'consume', 'letters', '--from-beginning', '--max', '2'])).stdout, '{"to":"ada"}\n{"to":"grace"}\n')
    const follower = place.begin(['topics', 'consume', 'letters', '--from-beginning', '--max', '4'])
    await follower.until('stdout', /mary/)
    await place.run(['topics', 'produce', 'letters'], { input: '{"to":"joan"}' })
    assert.match((await follower.ended).stdout, /mary"}\n{"to":"joan"}\n$/)
    assert.match((await place.run(['topics', 'list'])).stdout, /^letters +3 +4 +0$/m)
    assert.deepEqual(jsonLines((await place.run(['topics', 'describe', 'letters', '--json'])).stdout)[0].partitions, 3)
    assert.equal((await place.run(['topics', 'consume', 'letters', '--no-follow'])).stdout, '')
    assert.match((await place.run(['topics', 'describe', 'leters'])).stderr, /there is no topic 'leters' in this store; it has 'letters'; did you mean 'letters'\?/)
  })

  test('refuse what is no JSON, by line, and what does not fit the schema of the file that has the topic', async t => {
    const place = new Workplace(t, { 'mail.ts': mail })
    assert.match((await place.run(['topics', 'produce', 'letters'], { input: '{"to":"ada"}\nto: grace\n' })).stderr, /^error: line 2 of the input is not JSON/)
    const { code, stderr } = await place.run(['topics', 'produce', 'letters', '--file', 'mail.ts'], { input: '{"for":"ada"}\n' })
    assert.equal(code, 1)
    assert.match(stderr, /an item for topic 'letters' does not fit its schema: to: /)
  })
})

describe('start, pause and resume', { concurrency: 2 }, () => {
  test('a started pipeline takes items as they come, rests while paused, and ends with 130 at Ctrl-C', async t => {
    const place = new Workplace(t, { 'mail.ts': mail })
    const running = place.begin(['start', 'mail.ts'])
    await running.until('stderr', /Running 'mail', until it is stopped/)
    await place.run(['topics', 'produce', 'letters', '--file', 'mail.ts'], { input: '{"to":"ada"}' })
    await running.until('stderr', /SENT ada/)
    assert.match((await place.run(['pause', 'send'])).stdout, /^Stage 'send' is paused/)
    await place.run(['topics', 'produce', 'letters'], { input: '{"to":"grace"}' })
    const [state] = jsonLines((await place.run(['status', '--json'])).stdout)
    assert.deepEqual([state.status, state.run, state.stages.send.done], ['running', null, 1])
    assert.match((await place.run(['resume', 'send'])).stdout, /^Stage 'send' goes on/)
    await running.until('stderr', /SENT grace/)
    running.kill('SIGINT')
    const { code, stdout } = await running.ended
    assert.equal(code, 130)
    assert.match(stdout, /mail · endless ‖ stopped/)
  })

  test('a run whose stage is paused ends with 3 and says what to resume', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers })
    await place.run(['run', 'numbers.ts'])
    await place.run(['pause', 'double'])
    const { code, stdout } = await place.run(['run', 'numbers.ts'])
    assert.equal(code, 3)
    assert.match(stdout, /Stopped: 'double' is paused; resume it to go on/)
    await place.run(['resume', 'double'])
    assert.equal((await place.run(['run', 'numbers.ts'])).code, 0)
  })
})
