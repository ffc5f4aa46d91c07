import assert from 'node:assert/strict'
import type { lookup } from 'node:dns'
import { test } from 'node:test'
import { OptionError, PermanentError } from '../../src/model/errors.ts'
import { AddressSource } from '../../src/queue/address-source.ts'
import { ItemGoneError } from '../../src/queue/item-gone-error.ts'
import { serveSource } from '../../src/queue/source-server/source-server.ts'
import { clientOptions, workSource, type WorkSourceOptions } from '../../src/sources/work-source.ts'
import { checkedLookup, kindOf } from '../../src/sources/work-source-address.ts'
import { SourceError } from '../../src/sources/source-error.ts'
import { gathered } from './gathered.ts'
import { item, list, lyingServer } from './lying-servers.ts'
import { shelfOf } from './shelves.ts'

const never = new AbortController().signal

function sourceAt(address: string, options: WorkSourceOptions = {}): AddressSource {
  return new AddressSource(address, { ...clientOptions({ attempts: 1, ...options }) })
}

async function listed(source: AddressSource) {
  const pages = await gathered(source.list(never))
  return pages.flat()
}

test('every name is listed, in pages, and each item had by its name', async t => {
  const names = Array.from({ length: 2_500 }, (_, index) => `item ${index} ü/?#%`)
  const server = await serveSource(shelfOf(new Map(names.map(name => [name, { name }]))), { host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  const source = sourceAt(server.address)
  t.after(() => source.close())
  assert.deepEqual((await listed(source)).map(({ name }) => name), names.toSorted())
  assert.deepEqual(await source.read(names[7]!, never), { name: names[7] })
  assert.deepEqual(await listed(source), [], 'a list that is as it was gives nothing')
})

test('a plain server that knows nothing of pages and tags is read too', async t => {
  const server = await lyingServer(t, (request, response) => response.end(request.url!.startsWith('/api/v1/items?') ? list('a', 'b') : item({ x: 1 })))
  const source = sourceAt(`${server.address}/`)
  assert.deepEqual((await listed(source)).map(({ name }) => name), ['a', 'b'])
  assert.deepEqual((await listed(source)).map(({ name }) => name), ['a', 'b'], 'and read again each time')
})

test('names that cannot be are told apart from those that can', async t => {
  const odd = ['../../etc/passwd', '__proto__', '\u001b[2Jclear', '', '..', 7, null, 'x'.repeat(300), 'fine']
  const server = await lyingServer(t, (_, response) => response.end(list(...odd)))
  const found = await listed(sourceAt(server.address))
  assert.deepEqual(found.filter(({ fault }) => fault === undefined).map(({ name }) => name), ['../../etc/passwd', '__proto__', 'fine'])
})

test('a name is one segment of the path that is asked for, whatever it is', async t => {
  const server = await lyingServer(t, (_, response) => response.end(item(1)))
  await sourceAt(server.address).read('../../admin?x#y', never)
  assert.deepEqual(server.asked, ['/api/v1/items/..%2F..%2Fadmin%3Fx%23y'])
})

test('an item that vanished since it was listed is said to be gone', async t => {
  const server = await lyingServer(t, (_, response) => response.writeHead(404).end())
  await assert.rejects(sourceAt(server.address).read('a', never), ItemGoneError)
})

for (const [what, body, pattern] of [
  ['not JSON', '<html>', /is not JSON that can be taken/],
  ['another document', '{"kind":"Pod","apiVersion":"v1"}', /of kind "Pod", but must be 'Item'/],
  ['of another version', '{"kind":"Item","apiVersion":"v2","data":{}}', /version "v2"/],
  ['without data', '{"kind":"Item","apiVersion":"v1"}', /has no 'data'/],
  ['nested without end', `{"kind":"Item","apiVersion":"v1","data":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, /nested deeper than 200/],
  ['with a key __proto__', '{"kind":"Item","apiVersion":"v1","data":{"__proto__":{"isAdmin":true}}}', /__proto__/],
] as const) {
  test(`an item that is ${what} is a failure of its own, and final`, async t => {
    const server = await lyingServer(t, (_, response) => response.end(body))
    await assert.rejects(sourceAt(server.address).read('a', never), (error: Error) => error instanceof PermanentError && pattern.test(error.message))
  })
}

test('of an item of a gigabyte no more is read than is allowed', async t => {
  let sent = 0
  const part = Buffer.alloc(65_536, 'x')
  const server = await lyingServer(t, (_, response) => {
    const more = () => {
      while (sent < 1_000_000_000 && !response.destroyed && response.write(part)) sent += part.length
    }
    response.on('drain', more)
    more()
  })
  await assert.rejects(sourceAt(server.address, { itemBytesMax: 1_000_000 }).read('a', never), /more than the 1000000 bytes/)
  assert.ok(sent < 50_000_000, `${sent} bytes were sent`)
})

test('a list that never ends is not followed', async t => {
  const server = await lyingServer(t, (_, response) => response.end(JSON.stringify({ kind: 'ItemList', apiVersion: 'v1', items: ['a'], metadata: { continue: 'again' } })))
  await assert.rejects(listed(sourceAt(server.address)), /does not end/)
})

test('a list of more names than allowed is refused', async t => {
  const server = await lyingServer(t, (_, response) => response.end(list('a', 'b', 'c')))
  await assert.rejects(listed(sourceAt(server.address, { namesMax: 2 })), /more than 2 names/)
})

test('a server that says nothing is given up on in time', async t => {
  const server = await lyingServer(t, () => {})
  await assert.rejects(listed(sourceAt(server.address, { timeout: '50ms' })), /did not answer in full within 50 ms/)
})

test('a server that is out of order is tried again, as often as it was said and no more', async t => {
  let fails = 2
  const server = await lyingServer(t, (_, response) => (fails-- > 0 ? response.writeHead(503).end() : response.end(list('a'))))
  assert.equal((await listed(sourceAt(server.address, { attempts: 3 }))).length, 1)
  fails = 9
  await assert.rejects(listed(sourceAt(server.address, { attempts: 2 })), /status 503: it is overloaded or out of order/)
  assert.equal(server.asked.length, 5)
})

test('a redirect is not followed, and where it leads is told', async t => {
  const server = await lyingServer(t, (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end())
  await assert.rejects(listed(sourceAt(server.address)), /redirects are not followed.*169\.254/)
  assert.equal(server.asked.length, 1)
})

test('a server that is down is an error that says what to look at', async t => {
  const server = await lyingServer(t, () => {})
  await server.close()
  await assert.rejects(listed(sourceAt(server.address)), /cannot be reached: .*ECONNREFUSED.*; is the server running/)
})

test('a server that cuts its answer short is out of order, not a source of half an item', async t => {
  const server = await lyingServer(t, (_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{"kind":"Item"')
    setImmediate(() => response.destroy())
  })
  await assert.rejects(sourceAt(server.address).read('a', never), (error: Error) => error instanceof SourceError && /cannot be reached/.test(error.message))
})

test('what stops the reader stops a request that is under way', async t => {
  const controller = new AbortController()
  const server = await lyingServer(t, () => controller.abort())
  await assert.rejects(sourceAt(server.address).read('a', controller.signal), { name: 'AbortError' })
})

test('a name that leads to a private address is refused unless it is allowed; every address is checked, and one of them dialled', async () => {
  const answering = (...addresses: readonly string[]) => ((_host: string, _options: object, callback: Function) => callback(null, addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })))) as unknown as typeof lookup
  const dialled = (allow: readonly string[], addresses: readonly string[]) => new Promise((resolve, reject) => {
    checkedLookup(new Set(allow), answering(...addresses))('items.example', { all: false }, (error, address) => (error ? reject(error) : resolve(address)))
  })
  assert.equal(await dialled([], ['93.184.216.34']), '93.184.216.34')
  assert.equal(await dialled(['items.example'], ['10.0.0.1']), '10.0.0.1')
  for (const bad of ['127.0.0.1', '10.1.2.3', '169.254.169.254', '192.168.0.1', '172.31.255.255', '100.64.0.1', '0.0.0.0', '::1', 'fe80::1', 'fd00::1', '::ffff:10.0.0.1', '::ffff:7f00:1', '64:ff9b::a9fe:a9fe']) {
    await assert.rejects(dialled([], ['93.184.216.34', bad]), /is refused unless it is meant: allow it by name/, bad)
  }
})

test('addresses are known for what they are', () => {
  for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8']) assert.equal(kindOf(address), 'public', address)
})

test('a link-local address is refused even as it stands', () => {
  assert.throws(() => sourceAt('http://169.254.169.254'), /link-local address, which is refused/)
  assert.ok(sourceAt('http://169.254.169.254', { allow: ['169.254.169.254'] }))
})

test('an address that is none, or holds a password or a query, is refused', () => {
  for (const address of ['items', 'ftp://items.example', 'http://u:p@items.example', 'http://items.example/?x=1']) assert.throws(() => sourceAt(address), SourceError, address)
})

test('options that cannot be are refused by name', () => {
  assert.throws(() => workSource('http://localhost', { attempts: 0 }), OptionError)
  assert.throws(() => workSource('http://localhost', { atempts: 1 } as object), /atempts/)
})

test('as a source of a pipeline it lists once, reads each item in its turn, and sets aside what cannot be read', async t => {
  const bodies: Readonly<Record<string, string>> = { a: item({ n: 1 }), b: '<html>', d: item({ n: 4 }) }
  const server = await lyingServer(t, (request, response) => {
    if (request.url!.startsWith('/api/v1/items?')) return response.end(list('a', 'b', 'c', 'd', 'a'))
    const body = bodies[request.url!.slice('/api/v1/items/'.length)]
    return body === undefined ? response.writeHead(404).end() : response.end(body)
  })
  const source = workSource<{ n: number }>(server.address)
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const splits = await gathered(source.splits({ signal: never, log }))
  const items = await gathered(source.read(splits[0]!, undefined, { signal: never, log }))
  assert.deepEqual(items.map(({ item: { name, body }, error }) => [name, body?.n, error?.message.slice(0, 22)]), [
    ['a', 1, undefined], ['b', undefined, items[1]!.error!.message.slice(0, 22)], ['c', undefined, "the item 'c' was liste"], ['d', 4, undefined],
  ])
  const rest = await gathered(source.read(splits[0]!, items[1]!.position, { signal: never, log }))
  assert.deepEqual(rest.map(({ item: { name } }) => name), ['c', 'd'])
})

test('a token is shown to the server, and asked for where it is missing', async t => {
  const server = await serveSource(shelfOf(new Map([['a', {}]])), { host: '127.0.0.1', port: 0, token: 'secret' })
  t.after(() => server.close())
  assert.equal((await listed(sourceAt(server.address, { token: 'secret' }))).length, 1)
  await assert.rejects(listed(sourceAt(server.address, { token: 'other' })), /status 401: it wants a token/)
})
