// The judge of scripts/kafka-faults.ts can say no. The course itself takes minutes; its parts are tried one by one in kill, broker-kill, cut-connections and shared-runs.
import { deepEqual, equal } from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { Gateway } from './faults/gateway.ts'
import { complaintsOfSums, Halves } from './faults/judge.ts'

const count = 10

function all(): Halves {
  const halves = new Halves(count)
  for (let number = 0; number < count; number++) for (const side of [0, 1] as const) halves.add({ number, side })
  return halves
}

test('each half once is right; one that is lost, and one that is there twice, are told by number and side', () => {
  deepEqual(all().complaints, [])
  const doubled = all()
  equal(doubled.add({ number: 3, side: 1 }), 2)
  deepEqual(doubled.complaints, ['1 halves are doubled: 3b'])
  const lacking = new Halves(2)
  lacking.add({ number: 1, side: 0 })
  deepEqual(lacking.complaints, ['3 halves are lost: 0a, 0b, 1b'])
})

test('sums are right when each key is there once with the sum of its numbers', () => {
  const sums = [0, 1, 2, 3, 4, 5, 6].map(key => ({ key, value: Array.from({ length: count }, (_, number) => number).filter(number => number % 7 === key).reduce((sum, number) => sum + number, 0) }))
  deepEqual(complaintsOfSums(sums.toReversed(), count), [])
  equal(complaintsOfSums(sums.slice(1), count).length, 1)
  equal(complaintsOfSums([...sums, sums[0]!], count).length, 1)
  equal(complaintsOfSums([{ key: 0, value: 1 }, ...sums.slice(1)], count).length, 1)
})

test('the gateway passes on what is said until it cuts the connection', async t => {
  const server = createServer(socket => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  await using gateway = await Gateway.open()
  gateway.leadTo((server.address() as { readonly port: number }).port)
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write('hello')
  const [said] = await once(socket, 'data') as [Buffer]
  equal(said.toString(), 'hello')
  equal(gateway.cut(1, Math.random), 1)
  await once(socket, 'close')
})
