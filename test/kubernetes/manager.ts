// A queue's manager as a process of its own, to be killed: takes `count` items of the list and ends when all are settled.
import { image, numbered, TestQueue } from './queue.ts'

const [count = '0', itemsPerJob = '1000', parallelism = '10', leaseSeconds = '2'] = process.argv.slice(2)
const items = numbered(Number(count))
const queue = await TestQueue.open(process.env['KUBECONFIG']!, items, { image, itemsPerJob: Number(itemsPerJob), parallelism: Number(parallelism), leaseSeconds: Number(leaseSeconds) })
await queue.start()
await queue.takeAll()
await queue.settled(items.length)
let rssMax = process.memoryUsage.rss()
rssMax = Math.max(rssMax, process.resourceUsage().maxRSS * 1024)
await queue.executor.close(5_000)
process.stdout.write(`${JSON.stringify({ counts: queue.executor.counts, rssMax })}\n`)
process.exit()
