import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { Workplace } from './workplace.ts'

const copy = 'cp "$WORK_ITEM_FILE" "$WORK_RESULT_FILE"'

function eventsIn(stdout: string): readonly any[] {
  return stdout.trim().split('\n').map(line => JSON.parse(line))
}

test('each item of a list is worked on once, and the same command again finds nothing to do', async t => {
  const place = new Workplace(t, { 'names.txt': 'a\nb\n\na\n' })
  const words = ['queue', '--source', 'names.txt', '--worker', `echo x >> ${place.folder}/runs; ${copy}`, '--results', 'out', '--once']
  const first = await place.run(words)
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /queue ✔ done\n2 taken · 2 done · 0 failed/)
  assert.equal(readdirSync(join(place.folder, 'out')).length, 2)
  place.write('names.txt', 'a\nb\nc\n')
  assert.match((await place.run(words)).stdout, /3 taken · 3 done/)
  assert.equal(place.read('runs'), 'x\nx\nx\n')
})

test('what fails is set aside, told of, and can be sent back', async t => {
  const place = new Workplace(t, { list: '{"name":"good"}\n{"name":"bad"}\n' })
  const words = ['queue', '--source', 'list', '--worker', `grep -q good "$WORK_ITEM_FILE" || [ -e ${place.folder}/mended ] || { echo cannot >&2; exit 65; }`, '--once']
  const { code, stdout } = await place.run(words)
  assert.equal(code, 2)
  assert.match(stdout, /1 item failed:\n {2}bad: command .* exited with code 65: cannot \(1 attempt\)/)
  assert.match((await place.run(['failures', 'queue'])).stdout, /1 item set aside/)
  place.write('mended', '')
  assert.match((await place.run(['redrive', 'queue/work'])).stdout, /1 item/)
  const again = await place.run(words)
  assert.equal(again.code, 0, again.stdout)
})

test('standard input is a list, of names and objects, and ends the queue', async t => {
  const place = new Workplace(t, {})
  const { code, stdout } = await place.run(['queue', '--source', '-', '--name-field', 'id', '--worker', copy, '--json'], { input: 'plain\n{"id":7,"x":1}\n{"x":1}\n' })
  assert.equal(code, 0)
  const report = eventsIn(stdout).at(-1)
  assert.deepEqual([report.type, report.taken, report.done, report.outcome, report.exitCode], ['report', 2, 2, 'complete', 0])
  assert.match(eventsIn(stdout).find(({ type }) => type === 'message').message, /passed over: it has no field 'id'/)
})

test('without --once the queue goes on, takes what comes later, and drains when it is stopped', async t => {
  const place = new Workplace(t, { names: 'a\n' })
  const running = place.begin(['queue', '--source', 'names', '--worker', 'basename "$(tr -dc a-z < "$WORK_ITEM_FILE")" >&2; exit 1', '--attempts', '1', '--poll', '100ms', '--json', '--parallelism', 'auto'])
  t.after(() => running.kill('SIGKILL'))
  await running.until('stdout', /"failed":1/)
  place.write('names', 'a\nb\n')
  await running.until('stdout', /"failed":2/)
  running.kill('SIGTERM')
  const { code, stdout } = await running.ended
  assert.equal(code, 0)
  assert.equal(eventsIn(stdout).at(-1).outcome, 'stopped')
})

test('items that are served are worked on, with figures for Prometheus meanwhile', async t => {
  const place = new Workplace(t, { 'orders.jsonl': '{"id":"a","n":1}\n{"id":"b","n":2}\n' })
  const [sourcePort, port] = [await freePort(), await freePort()]
  const serving = place.begin(['source', '--json-lines', 'orders.jsonl', '--name', 'id', '--port', String(sourcePort), '--json'])
  t.after(() => serving.kill('SIGKILL'))
  await serving.until('stdout', /"serving"/)
  const queue = place.begin(['queue', '--source', `http://localhost:${sourcePort}`, '--worker', copy, '--results', 'out', '--metrics', String(port), '--json'])
  t.after(() => queue.kill('SIGKILL'))
  await queue.until('stdout', /"done":2/)
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  assert.match(text, /# TYPE batchwork_queue_items_done_total counter\nbatchwork_queue_items_done_total\{queue="queue"\} 2\n/)
  queue.kill('SIGTERM')
  assert.equal((await queue.ended).code, 0)
  serving.kill('SIGTERM')
  assert.equal((await serving.ended).code, 0)
  assert.equal(readdirSync(join(place.folder, 'out')).length, 2)
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

test('a script that is given relative to this folder is found from the folder of the item', async t => {
  const place = new Workplace(t, { names: 'a', 'work.sh': copy })
  const { code, stderr } = await place.run(['queue', '--source', 'names', '--worker', 'sh work.sh', '--results', 'out', '--once'])
  assert.equal(code, 0, stderr)
  assert.equal(readdirSync(join(place.folder, 'out')).length, 1)
})

for (const [what, words, message] of [
  ['no worker', [], /--worker is missing/],
  ['a program that is not there', ['--worker', 'no-such-program x'], /is not a program that the shell finds/],
  ['a script that is not there', ['--worker', './no-such.sh'], /there is no \.\/no-such\.sh in this folder/],
  ['an unknown executor', ['--worker', 'true', '--executor', 'docker'], /must be 'process' or 'kubernetes'/],
  ['a time to live of Jobs without a cluster', ['--worker', 'true', '--ttl', '1h'], /--ttl is for the Jobs of --executor kubernetes/],
  ['an image without a cluster', ['--worker', 'true', '--image', 'x'], /--image is for --executor kubernetes/],
  ['a parallelism of none', ['--worker', 'true', '--parallelism', '0'], /--parallelism is '0'/],
  ['no processor', ['--worker', 'true', '--cpu', '0'], /--cpu is 0/],
  ['a headroom of all', ['--worker', 'true', '--parallelism', 'auto', '--headroom', '100%'], /--headroom is '100%'/],
  ['a variable that is not set', ['--worker', 'true', '--env', 'NO_SUCH_VARIABLE'], /there is no such variable here/],
  ['a list that is not there', ['--worker', 'true', '--source', 'no-such-list'], /the list no-such-list cannot be read/],
  ['an address that is none', ['--worker', 'true', '--source', 'ftp://x'], /is not an address/],
] as const) {
  test(`${what}: said before anything is worked on`, async t => {
    const place = new Workplace(t, { names: 'a' })
    const { code, stderr } = await place.run(['queue', '--source', 'names', ...words, '--once'])
    assert.equal(code, 1)
    assert.match(stderr, message)
  })
}

test('a source that other machines can reach needs a token, and one thing to serve', async t => {
  const place = new Workplace(t, { names: 'a' })
  const open = await place.run(['source', '--list', 'names', '--host', '0.0.0.0', '--port', '0'])
  assert.equal(open.code, 1)
  assert.match(open.stderr, /a token is needed: --token-file FILE, or BATCHWORK_SOURCE_TOKEN/)
  assert.match((await place.run(['source'])).stderr, /say what is served with one of .* none is given/)
  assert.match((await place.run(['source', '--list', 'no-such', '--port', '0'])).stderr, /no-such cannot be read/)
})

test('the items of a topic are served by their ids', async t => {
  const place = new Workplace(t, {})
  await place.run(['topics', 'produce', 'orders'], { input: '{"n":1}\n2\n' })
  const port = await freePort()
  const serving = place.begin(['source', '--topic', 'orders', '--port', String(port), '--json'])
  t.after(() => serving.kill('SIGKILL'))
  await serving.until('stdout', /"serving"/)
  const address = `http://127.0.0.1:${port}`
  const { items } = await (await fetch(`${address}/api/v1/items`)).json() as { readonly items: readonly string[] }
  assert.equal(items.length, 2)
  const bodies = await Promise.all(items.map(async name => (await (await fetch(`${address}/api/v1/items/${name}`)).json() as { readonly data: unknown }).data))
  assert.deepEqual(bodies, [{ n: 1 }, { value: 2 }])
  serving.kill('SIGTERM')
  await serving.ended
})
