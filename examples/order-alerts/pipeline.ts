// A topic of others, read on a laptop: a shop's orders in Kafka. Large ones go to a topic that the shop's own programs read, the turnover of each country into a file.
// The run itself is kept in a folder here, as always: no broker has to let it make topics.
//
//     npx node examples/order-alerts/write-orders.ts kafka://localhost:9092
//     npx batchwork run examples/order-alerts/pipeline.ts --shop kafka://localhost:9092
//
// One record is no JSON: it is set aside with the partition and offset it has, and the run ends with exit code 2.
import { join } from 'node:path'
import { jsonLinesFile, pipeline, sum } from 'batchwork'
import { kafkaTopic } from 'batchwork/kafka'
import { z } from 'zod'

const Order = z.object({ id: z.number(), customer: z.string(), country: z.string(), total: z.number() })
const Params = z.object({
  shop: z.string().default('kafka://localhost:9092'),
  orders: z.string().default('orders'),
  alerts: z.string().default('large-orders'),
})

export default pipeline('order alerts', { params: Params }, (flow, { shop, orders: topic, alerts }) => {
  const orders = flow.source('orders', kafkaTopic(shop, topic), { schema: Order })

  orders.filter(order => order.total >= 1_000)
    .map(({ id, customer, total }) => ({ order: id, customer, total }))
    .to(kafkaTopic(shop, alerts, { key: alert => alert.customer }))

  orders.keyBy(order => order.country).reduce('turnover', sum(order => order.total))
    .map(({ key, value }) => ({ country: key, turnover: value }))
    .to(jsonLinesFile(join(import.meta.dirname, 'out', 'turnover.jsonl')))
})
