import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gated, noted, numbers } from './pipelines.ts'
import { jsonLines, Workplace } from './workplace.ts'

describe('batchwork run', { concurrency: 2 }, () => {
  test('a run in which all went well ends with 0, a table and numbers that add up', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers })
    const { code, stdout, stderr } = await place.run(['run', 'numbers.ts'])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /numbers · run 1 ✔ complete\n/)
    assert.match(stdout, /^stage +in +out +done +dropped +duplicates +failed +retried$/m)
    assert.match(stdout, /^double +6 +6 +6 +0 +0 +0 +0$/m)
    assert.match(stdout, /the numbers add up/)
    assert.equal(existsSync(join(place.folder, '.batchwork/reports')), false)
  })

  test('items set aside end it with 2 and a failure report on disk, for people and for programs', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers })
    const { code, stdout } = await place.run(['run', 'numbers.ts', '--store', 'kept'], { env: { BAD: '2,4' } })
    assert.equal(code, 2)
    assert.match(stdout, /complete, 2 items set aside/)
    assert.match(stdout, /2 × double: PermanentError: cannot double 2/)
    assert.match(stdout, /kept\/reports\/numbers-1\/failures\.txt/)
    const failures = jsonLines(place.read('kept/reports/numbers-1/failures.jsonl'))
    assert.deepEqual(failures.map(({ stage, id, origin, reason, attempts, item, error }) => [stage, id, origin, reason, attempts, item, error.message]), [
      ['double', 'input:0:2', 'item 3', 'permanent', 1, 2, 'cannot double 2'],
      ['double', 'input:0:4', 'item 5', 'permanent', 1, 4, 'cannot double 4'],
    ])
    assert.match(place.read('kept/reports/numbers-1/failures.txt'), /double: 2 failed\n=+\n\n2 x  PermanentError: cannot double 2  \(it can never succeed\)\n\n  where  item 3\n  id     input:0:2\n/)
  })

  test('a shut barrier ends it with 3 and names the items; the same command redrives just those and goes on', async t => {
    const place = new Workplace(t, { 'gated.ts': gated })
    const shut = await place.run(['run', 'gated.ts'], { env: { BAD: '1,2,3,4,5,6,7,8,9,10,11,12' } })
    assert.equal(shut.code, 3)
    assert.match(shut.stdout, /Barrier 'all blurred' is shut by 12 items:\n/)
    assert.equal(shut.stdout.match(/^ {2}blur {2}photos:0:\d+ {2}\(item \d+\) {2}PermanentError: no plate in photo \d+$/mg)?.length, 10)
    assert.match(shut.stdout, /and 2 more/)
    const mended = await place.run(['run', 'gated.ts'])
    assert.equal(mended.code, 0, mended.stdout)
    assert.match(mended.stderr, /run 1 of 'gated', on where it was/)
    assert.match(mended.stdout, /^delete originals +20 +0 +20/m)
    assert.equal(existsSync(join(place.folder, '.batchwork/reports/gated-1')), false, 'nothing failed any more, so no report is left')
  })

  test('a failure tolerance that is passed ends it with 3 and says so', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers.replace("'numbers', flow", "'numbers', { tolerate: 1 }, flow") })
    const { code, stdout } = await place.run(['run', 'numbers.ts'], { env: { BAD: '0,1,2,3' } })
    assert.equal(code, 3)
    assert.match(stdout, /Stopped: \d items? failed, and the pipeline tolerates 1/)
  })

  test('--json prints one object a line, whatever the pipeline prints, and ends with the report', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers.replace('return n * 2', "console.log('NOISE'); context.log.warn('odd', { n }); return n * 2") })
    const { code, stdout, stderr } = await place.run(['run', 'numbers.ts', '--json'], { env: { BAD: '5' } })
    assert.equal(code, 2)
    const events = jsonLines(stdout)
    assert.deepEqual([events[0].type, events[0].pipeline, events[0].run], ['started', 'numbers', 1])
    assert.equal(events.filter(({ type }) => type === 'progress').at(-1).stages.double.done, 5)
    assert.deepEqual(events.filter(({ type }) => type === 'message').map(({ level, data }) => [level, data.n]), [0, 1, 2, 3, 4].map(n => ['warn', n]))
    const report = events.at(-1)
    assert.deepEqual([report.type, report.outcome, report.exitCode, report.balanced, report.failures.count], ['report', 'completed-with-failures', 2, true, 1])
    assert.match(stderr, /NOISE/)
  })

  test('a run that was killed goes on where it was: what was committed does not run again', async t => {
    const place = new Workplace(t, { 'noted.ts': noted })
    const command = place.begin(['run', 'noted.ts', '--json'], { env: { STUCK: '3' } })
    await command.until('stdout', /"done":3/)
    command.kill('SIGKILL')
    assert.equal((await command.ended).signal, 'SIGKILL')
    const status = jsonLines((await place.run(['status', '--json'])).stdout)
    assert.deepEqual([status[0].status, status[0].stages.note.done], ['vanished', 3])
    assert.equal((await place.run(['run', 'noted.ts'])).code, 0)
    assert.equal(place.read('noted.txt'), '0 1 2 3 3 4 5 ')
  })

  test('Ctrl-C lets what is at work finish, says so, and ends with 130; the same command does the rest', async t => {
    const place = new Workplace(t, { 'noted.ts': noted })
    const command = place.begin(['run', 'noted.ts'], { env: { HELD: '2' } })
    await command.until('stderr', /AT WORK/)
    command.kill('SIGINT')
    const { code, stdout, stderr } = await command.ended
    assert.equal(code, 130)
    assert.match(stderr, /Stopping: 1 item at work may finish \(30 s\)\. Ctrl-C again stops at once\./)
    assert.match(stdout, /stopped; the same command goes on where it was/)
    assert.equal((await place.run(['run', 'noted.ts'])).code, 0)
    assert.equal(place.read('noted.txt'), '0 1 2 3 4 5 ')
  })

  test('a second Ctrl-C stops at once, with 130', async t => {
    const place = new Workplace(t, { 'noted.ts': noted })
    const command = place.begin(['run', 'noted.ts'], { env: { STUCK: '2' } })
    await command.until('stderr', /AT WORK/)
    command.kill('SIGINT')
    await command.until('stderr', /Stopping/)
    command.kill('SIGINT')
    assert.equal((await command.ended).code, 130)
    assert.equal((await place.run(['run', 'noted.ts'])).code, 0)
  })

  test('SIGTERM drains and ends with 0: a supervisor stopped what ran well', async t => {
    const place = new Workplace(t, { 'noted.ts': noted })
    const command = place.begin(['run', 'noted.ts'], { env: { HELD: '2' } })
    await command.until('stderr', /AT WORK/)
    command.kill('SIGTERM')
    assert.equal((await command.ended).code, 0)
  })

  test('with --until-complete, 0 is only said of a run that is complete: SIGTERM drains and ends with 143', async t => {
    const place = new Workplace(t, { 'noted.ts': noted })
    const command = place.begin(['run', 'noted.ts', '--until-complete'], { env: { HELD: '2' } })
    await command.until('stderr', /AT WORK/)
    command.kill('SIGTERM')
    const { code, stdout } = await command.ended
    assert.equal(code, 143)
    assert.match(stdout, /stopped; the same command goes on where it was/)
    assert.equal((await place.run(['run', 'noted.ts', '--until-complete'])).code, 0)
    assert.equal(place.read('noted.txt'), '0 1 2 3 4 5 ')
  })

  test('a second SIGTERM stops at once, with 143', async t => {
    const place = new Workplace(t, { 'noted.ts': noted })
    const command = place.begin(['run', 'noted.ts'], { env: { STUCK: '2' } })
    await command.until('stderr', /AT WORK/)
    command.kill('SIGTERM')
    await command.until('stderr', /Stopping/)
    command.kill('SIGTERM')
    assert.equal((await command.ended).code, 143)
  })

  test('no process of a stage outlives the command that is stopped at once', async t => {
    const place = new Workplace(t, {
      'apart.ts': `
        import { items, pipeline } from 'batchwork'
        export default pipeline('apart', flow => {
          flow.source('input', items([1, 2])).work('hang', async (_, context) => { context.log.info('PID ' + process.pid); await new Promise(() => {}) }, { processes: 2 })
        })`,
    })
    const command = place.begin(['run', 'apart.ts'])
    await command.until('stderr', /PID \d+[^]*PID \d+/)
    command.kill('SIGINT')
    await command.until('stderr', /Stopping/)
    command.kill('SIGINT')
    const { code, stderr } = await command.ended
    assert.equal(code, 130)
    const pids = [...stderr.matchAll(/PID (\d+)/g)].map(([, pid]) => Number(pid))
    assert.equal(pids.length, 2)
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  })

  test('--fresh forgets an unfinished run', async t => {
    const place = new Workplace(t, { 'gated.ts': gated })
    assert.equal((await place.run(['run', 'gated.ts'], { env: { BAD: '1' } })).code, 3)
    const { code, stderr } = await place.run(['run', 'gated.ts', '--fresh'])
    assert.equal(code, 0)
    assert.doesNotMatch(stderr, /where it was/)
  })

  test('a changed pipeline is not run on in an unfinished run, unless --upgrade says so', async t => {
    const place = new Workplace(t, { 'gated.ts': gated })
    await place.run(['run', 'gated.ts'], { env: { BAD: '1' } })
    place.write('gated.ts', gated.replace(".work('delete originals'", ".filter(() => true).work('delete originals'"))
    const refused = await place.run(['run', 'gated.ts'])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /^error: pipeline 'gated' was changed since its run 1 began/m)
    assert.equal((await place.run(['run', 'gated.ts', '--upgrade'])).code, 0)
  })

  test('a store that another process owns is refused with 1, and its owner named', async t => {
    const place = new Workplace(t, { 'noted.ts': noted, 'numbers.ts': numbers })
    const owner = place.begin(['run', 'noted.ts'], { env: { HELD: '0' } })
    await owner.until('stderr', /AT WORK/)
    const { code, stderr } = await place.run(['run', 'numbers.ts'])
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`in use by process ${owner.pid} on .*give another --store`))
    owner.kill('SIGINT')
    await owner.ended
  })

  test('what data says cannot steer the terminal', async t => {
    const place = new Workplace(t, { 'evil.ts': `
      import { items, PermanentError, pipeline } from 'batchwork'
      export default pipeline('evil', flow => {
        flow.source('input', items(['\\u001b[2Jboo'])).work('try', (item, context) => {
          context.log.error('log \\u001b]0;title\\u0007 ' + item)
          throw new PermanentError('error \\u001b[31m ' + item)
        })
      })` })
    const { stdout, stderr } = await place.run(['run', 'evil.ts'])
    const failures = await place.run(['failures'])
    for (const text of [stdout, stderr, failures.stdout, place.read('.batchwork/reports/evil-1/failures.txt')]) {
      assert.doesNotMatch(text, /(?!\n)\p{Cc}/u)
      assert.match(text, /\\x1b/)
    }
  })

  test('colours come where they are wanted and stay away under NO_COLOR', async t => {
    const place = new Workplace(t, { 'numbers.ts': numbers })
    assert.ok((await place.run(['run', 'numbers.ts'], { env: { FORCE_COLOR: '1' } })).stdout.includes('\u001b[32m'))
    assert.ok(!(await place.run(['run', 'numbers.ts'], { env: { NO_COLOR: '1' } })).stdout.includes('\u001b'))
  })

  test('the store holds nothing of a pipeline that could not run', async t => {
    const place = new Workplace(t, { 'broken.ts': `import { pipeline, items } from 'batchwork'\nexport default pipeline('broken', flow => { flow.source('a', items([1])).work('x', () => {}); flow.source('a', items([1])).work('y', () => {}) })` })
    const { code, stderr } = await place.run(['run', 'broken.ts'])
    assert.equal(code, 1)
    assert.match(stderr, /^error: .*'a'/m)
    assert.deepEqual(readdirSync(place.folder).toSorted(), ['broken.ts', 'node_modules'])
  })
})
