// Avro as a codec: what other libraries write, with and without a schema registry. The registry here is a server with the answers of Confluent's.
import { deepEqual, equal, match, rejects, throws } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { avro } from '../../src/connectors/kafka/codecs/avro/avro.ts'
import { SchemaRegistry } from '../../src/connectors/kafka/codecs/avro/schema-registry.ts'

const order = { type: 'record', name: 'Order', namespace: 'shop', fields: [{ name: 'id', type: 'long' }, { name: 'note', type: ['null', 'string'], default: null }, { name: 'lines', type: { type: 'array', items: { type: 'record', name: 'Line', fields: [{ name: 'sku', type: 'string' }] } } }] }
/** By the Avro specification: id 7 is zigzag 0e; note is the union's second type, 02, and 3 letters, 06; one line, 02, with 2 letters, 04; the end of the array, 00. */
const orderBytes = Buffer.from([0x0e, 0x02, 0x06, ...Buffer.from('ann'), 0x02, 0x04, ...Buffer.from('ab'), 0x00])
const orderItem = { id: 7, note: 'ann', lines: [{ sku: 'ab' }] }

void describe('avro with a schema', () => {
  void test('reads and writes values as the Avro specification has them, as plain data', async () => {
    const codec = avro({ schema: order })
    await codec.beforeDecode!([])
    const item = codec.decode(orderBytes)
    deepEqual(item, orderItem)
    equal(Object.getPrototypeOf(item), Object.prototype)
    await codec.beforeEncode!('orders')
    deepEqual(Buffer.from(codec.encode(orderItem, 'orders')), orderBytes)
  })

  void test('refuses bytes and items that do not fit, one by one', async () => {
    const codec = avro({ schema: JSON.stringify(order) })
    await codec.beforeDecode!([])
    throws(() => codec.decode(orderBytes.subarray(0, 4)), /truncated/)
    throws(() => codec.decode(Buffer.concat([orderBytes, orderBytes])), /trailing/)
    throws(() => codec.encode({ id: 'seven' }, 'orders'), /long/)
  })

  void test('says what is wrong with a schema', async () => {
    await rejects(avro({ schema: { type: 'recrod' } }).beforeDecode!([]), { code: 'AVRO_SCHEMA' })
  })
})

void describe('avro with a registry', () => {
  void test('reads each value by the schema its id names, fetched once, as the schema that was given', async t => {
    const registry = await Registry.start(t)
    registry.schemas.set(41, order)
    registry.schemas.set(42, { ...order, fields: [...order.fields, { name: 'total', type: 'double' }] })
    const newer = Buffer.concat([orderBytes, Buffer.from(new Float64Array([1.5]).buffer)])
    const values = [framed(41, orderBytes), framed(42, newer), framed(41, orderBytes)]
    const codec = avro({ registry: registry.address })
    await codec.beforeDecode!(values)
    await codec.beforeDecode!(values)
    deepEqual(values.map(value => codec.decode(value)), [orderItem, { ...orderItem, total: 1.5 }, orderItem])
    deepEqual(registry.asked, ['GET /schemas/ids/41', 'GET /schemas/ids/42'])
    const asGiven = avro({ registry: registry.address, schema: order })
    await asGiven.beforeDecode!(values)
    deepEqual(asGiven.decode(values[1]!), orderItem)
  })

  void test('sets aside one value whose schema is not there, is no Avro, or that has no id', async t => {
    const registry = await Registry.start(t)
    registry.others.set(7, { schemaType: 'JSON', schema: '{}' })
    const codec = avro({ registry: registry.address })
    const [missing, json, bare] = [framed(404, orderBytes), framed(7, orderBytes), Buffer.from('{"id":7}')]
    await codec.beforeDecode!([missing, json, bare])
    throws(() => codec.decode(missing), /no schema with the id 404/)
    throws(() => codec.decode(json), /is JSON, not AVRO/)
    throws(() => codec.decode(bare), /does not begin with the id of a schema/)
  })

  void test("writes by a schema that the topic's subject has, or may get", async t => {
    const registry = await Registry.start(t)
    await rejects(avro({ registry: registry.address, schema: order }).beforeEncode!('orders'), /subject 'orders-value' does not have the schema/)
    const codec = avro({ registry: registry.address, schema: order, register: true })
    await codec.beforeEncode!('orders')
    deepEqual(Buffer.from(codec.encode(orderItem, 'orders')), framed(1, orderBytes))
    await avro({ registry: registry.address, schema: order }).beforeEncode!('orders')
    deepEqual(registry.asked, ['POST /subjects/orders-value', 'POST /subjects/orders-value/versions', 'POST /subjects/orders-value'])
  })
})

test('the registry is asked with user and password, which no message shows', async t => {
  const registry = await Registry.start(t, 'ann:s%3Acret')
  registry.schemas.set(1, order)
  deepEqual(await new SchemaRegistry(registry.address).schemaOf(1), order)
  await rejects(new SchemaRegistry(registry.address.replace('s%3Acret', 'wrong-one')).schemaOf(1), (error: Error & { readonly code: string }) => {
    equal(error.code, 'SCHEMA_REGISTRY')
    match(error.message, /refuses this user \(401\)/)
    return !error.message.includes('wrong-one')
  })
})

test('a registry that answers with an error for a moment is asked again', async t => {
  const registry = await Registry.start(t)
  registry.schemas.set(1, order)
  registry.isDown = 1
  deepEqual(await new SchemaRegistry(registry.address).schemaOf(1), order)
  equal(registry.asked.length, 2)
})

test('options that cannot be are refused', () => {
  throws(() => avro({}), /avro: schema is undefined, but must be a schema/)
  throws(() => avro({ schema: '{' }), /JSON text/)
  throws(() => avro({ registry: 'schemas:8081' }), /an address such as http:\/\/localhost:8081/)
  throws(() => avro({ schema: order, register: true }), /the address of a schema registry/)
})

function framed(id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeInt32BE(id, 1)
  return Buffer.concat([head, value])
}

class Registry {
  readonly schemas = new Map<number, unknown>()
  readonly others = new Map<number, object>()
  readonly asked: string[] = []
  /** So many requests are answered with 503. */
  isDown = 0
  address = ''
  readonly #login: string
  #isRegistered = false

  private constructor(login: string) {
    this.#login = login
  }

  static async start(t: { readonly after: (work: () => void) => void }, login = ''): Promise<Registry> {
    const registry = new Registry(login)
    const server = createServer((request, response) => {
      const { status, body } = registry.#answer(request)
      request.resume().on('end', () => response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(body)))
    }).listen(0, '127.0.0.1')
    t.after(() => server.close().closeAllConnections())
    await once(server, 'listening')
    registry.address = `http://${login === '' ? '' : `${login}@`}127.0.0.1:${(server.address() as AddressInfo).port}`
    return registry
  }

  #answer({ method, url = '', headers }: IncomingMessage): { readonly status: number, readonly body: object } {
    this.asked.push(`${method} ${url}`)
    if (this.isDown-- > 0) return { status: 503, body: { message: 'not now' } }
    const authorization = this.#login === '' ? undefined : `Basic ${Buffer.from(decodeURIComponent(this.#login)).toString('base64')}`
    if (headers.authorization !== authorization) return { status: 401, body: { message: 'Unauthorized' } }
    const id = Number(/^\/schemas\/ids\/(\d+)$/.exec(url)?.[1])
    if (this.schemas.has(id)) return { status: 200, body: { schema: JSON.stringify(this.schemas.get(id)) } }
    if (this.others.has(id)) return { status: 200, body: this.others.get(id)! }
    if (method === 'POST') this.#isRegistered ||= url.endsWith('/versions')
    return method === 'POST' && this.#isRegistered ? { status: 200, body: { id: 1 } } : { status: 404, body: { error_code: 40403, message: 'not found' } }
  }
}
