// Stands in for the shop: makes its two topics and writes 200 orders, with a client of Kafka and without Batchwork.
//
//     node write-orders.ts kafka://localhost:9092 [ORDERS [LARGE-ORDERS]]
import { Admin, Producer } from '@platformatic/kafka'

const [shop = 'kafka://localhost:9092', orders = 'orders', alerts = 'large-orders'] = process.argv.slice(2)
const client = { clientId: 'shop', bootstrapBrokers: [shop.replace('kafka://', '')] }

const admin = new Admin(client)
await admin.createTopics({ topics: [orders, alerts], partitions: 3, replicas: 1 })
await admin.close()

const countries = ['NO', 'PE', 'JP']
const messages = Array.from({ length: 200 }, (_, id) => {
  const customer = `customer ${id % 40}`
  return { topic: orders, key: Buffer.from(customer), value: Buffer.from(JSON.stringify({ id, customer, country: countries[id % 3], total: (id * 37) % 1_100 })) }
})
// What is sent again, as brokers learn of a new topic some time after it exists, is stored once.
const producer = new Producer({ ...client, idempotent: true })
await producer.send({ messages: [...messages, { topic: orders, key: Buffer.from('customer 0'), value: Buffer.from('{"id":200,"customer":') }] })
await producer.close()
