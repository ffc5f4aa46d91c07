import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { nameFault } from '../../src/model/item-name.ts'
import { FolderShelf, PatternShelf } from '../../src/queue/source-server/file-shelf.ts'
import { LineShelf } from '../../src/queue/source-server/line-shelf.ts'
import { appOf } from '../../src/queue/source-server/source-server.ts'
import { shelfOf } from './shelves.ts'

const base = 'http://localhost/api/v1/items'
const local = { host: '127.0.0.1' }

function appWith(...names: readonly string[]) {
  return appOf(shelfOf(new Map(names.map(name => [name, { name }]))), local)
}

async function ask(app: ReturnType<typeof appOf>, url: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await app.request(url, { headers: { host: 'localhost', ...headers } })
  const text = await response.text()
  return { status: response.status, etag: response.headers.get('etag') ?? '', body: text === '' ? undefined : JSON.parse(text) }
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'batchwork-shelf-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const names = fc.uniqueArray(fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), fc.constantFrom('__proto__', '../../etc/passwd', 'a/b', '%2e%2e', '%41', 'constructor', ' ', '?', '#', '%')), { maxLength: 60 })
  .map(list => list.filter(name => nameFault(name) === undefined))

test('a list and an item have exactly the shapes of the book', async () => {
  const app = appWith('b', 'a')
  assert.deepEqual((await ask(app, base)).body, { kind: 'ItemList', apiVersion: 'v1', items: ['a', 'b'] })
  assert.deepEqual((await ask(app, `${base}/a`)).body, { kind: 'Item', apiVersion: 'v1', data: { name: 'a' } })
})

test('every item that is listed can be had by its name, whatever it is', async () => {
  await fc.assert(fc.asyncProperty(names, async list => {
    const app = appWith(...list)
    assert.deepEqual((await ask(app, base)).body.items.toSorted(), list.toSorted())
    for (const name of list) assert.deepEqual(await ask(app, `${base}/${encodeURIComponent(name)}`).then(({ body }) => body.data), { name })
  }), { numRuns: 60 })
})

test('the pages of any size give the whole list, each name once', async () => {
  await fc.assert(fc.asyncProperty(names, fc.integer({ min: 1, max: 70 }), async (list, limit) => {
    const app = appWith(...list)
    const found: string[] = []
    let token = ''
    do {
      const { body } = await ask(app, `${base}?limit=${limit}${token && `&continue=${token}`}`)
      assert.ok(body.items.length <= limit)
      found.push(...body.items)
      assert.equal(body.metadata.remainingItemCount ?? 0, list.length - found.length)
      token = body.metadata.continue ?? ''
    } while (token !== '')
    assert.deepEqual(found, (await ask(app, base)).body.items)
  }), { numRuns: 60 })
})

test('names that come and go between two pages make the others neither missing nor double', async () => {
  const items = new Map<string, object>(['b', 'd', 'f', 'h'].map(name => [name, {}]))
  const app = appOf(shelfOf(items), local)
  const { body: first } = await ask(app, `${base}?limit=2`)
  for (const name of ['a', 'c']) items.set(name, {})
  items.delete('d')
  const { body: second } = await ask(app, `${base}?limit=9&continue=${first.metadata.continue}`)
  assert.deepEqual([...first.items, ...second.items], ['b', 'd', 'f', 'h'])
})

test('a list that is as it was is not sent again, one with another name is', async () => {
  const items = new Map<string, object>([['a', {}]])
  const app = appOf(shelfOf(items), local)
  const { etag } = await ask(app, base)
  assert.equal((await ask(app, base, { 'if-none-match': `"other", W/${etag}` })).status, 304)
  items.set('b', {})
  assert.equal((await ask(app, base, { 'if-none-match': etag })).status, 200)
})

test('whatever is asked, the answer is one that the document knows', async () => {
  const app = appWith('a')
  const pieces = fc.oneof(fc.string({ unit: 'binary' }).map(text => encodeURIComponent(text.toWellFormed())), fc.string(), fc.constantFrom('..', '%2e%2e', '%ff', '%', 'a'))
  await fc.assert(fc.asyncProperty(pieces, pieces, fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'), async (path, query, method) => {
    const url = `${base}/${path}?limit=${query}`
    fc.pre(URL.canParse(url))
    const response = await app.request(url, { method, headers: { host: 'localhost' } })
    assert.ok([200, 304, 400, 404, 405].includes(response.status), `${response.status}`)
    assert.equal((await response.json() as { readonly apiVersion: string }).apiVersion, 'v1')
  }), { numRuns: 300 })
})

test('a limit or a continuation that cannot be is refused, with what was expected', async () => {
  const app = appWith('a')
  for (const query of ['limit=0', 'limit=-1', 'limit=1.5', 'limit=10001', 'limit=x', 'continue=%00', 'continue=']) {
    const { status, body } = await ask(app, `${base}?${query}`)
    assert.deepEqual([status, body.kind], [400, 'Status'], query)
  }
})

test('on loopback only requests that mean this machine are answered', async () => {
  const app = appWith('a')
  for (const host of ['localhost', 'localhost:8080', '127.0.0.1', '[::1]:80']) assert.equal((await ask(app, base, { host })).status, 200, host)
  for (const host of ['evil.example', '127.0.0.1.evil.example', '']) assert.equal((await ask(app, base, { host })).status, 403, host)
  assert.equal((await ask(app, base, { origin: 'https://evil.example' })).status, 403)
})

test('elsewhere whoever has no token, or another, is refused', async () => {
  const app = appOf(shelfOf(new Map([['a', {}]])), { host: '0.0.0.0', token: 'secret' })
  const statusWith = async (headers: Readonly<Record<string, string>>) => (await ask(app, base, { host: 'items.example', ...headers })).status
  assert.equal(await statusWith({}), 401)
  assert.equal(await statusWith({ authorization: 'Bearer secre' }), 401)
  assert.equal(await statusWith({ authorization: 'Bearer secret' }), 200)
})

test('a folder gives its files and those below it, and nothing outside of it', async t => {
  const place = folder(t)
  mkdirSync(join(place, 'videos', 'old'), { recursive: true })
  for (const name of ['secret', 'videos/a b.mp4', 'videos/old/c.mp4', 'videos/.hidden']) writeFileSync(join(place, name), 'x')
  symlinkSync(join(place, 'secret'), join(place, 'videos', 'link'))
  const contents = await new FolderShelf(join(place, 'videos')).contents()
  assert.deepEqual(contents.names, ['a b.mp4', 'old/c.mp4'])
  assert.equal((await contents.read('old/c.mp4') as { readonly bytes: number }).bytes, 1)
  for (const name of ['../secret', 'link', '.hidden', 'old', '..']) assert.equal(await contents.read(name), undefined, name)
})

test('a pattern gives the files that match', async t => {
  const place = folder(t)
  for (const name of ['a.mp4', 'b.txt']) writeFileSync(join(place, name), '')
  const { names: found } = await new PatternShelf(join(place, '*.mp4')).contents()
  assert.deepEqual(found.map(name => name.endsWith('a.mp4')), [true])
})

test('lines give names and objects; those without a name are told of and passed over', async t => {
  const file = join(folder(t), 'list')
  writeFileSync(file, 'plain\n\n{"id":"x","size":3}\n{"size":3}\n{not json\n{"id":"__proto__","size":1}\n{"id":7}\nplain')
  const faults: string[] = []
  const contents = await new LineShelf(file, 'id', message => faults.push(message)).contents()
  assert.deepEqual(contents.names, ['7', '__proto__', 'plain', 'x'])
  assert.deepEqual(await contents.read('x'), { id: 'x', size: 3 })
  assert.deepEqual(await contents.read('plain'), { name: 'plain' })
  assert.equal(faults.length, 2)
  assert.match(faults[0]!, /list:4 is passed over: it has no field 'id'/)
})
