// Measures one peer in a process of its own, so that no peer pays for another's heap, timers or compiled code.
// Usage: node measure-one.ts <peer> <items>; prints one line of JSON. A short warm-up run goes before the measured one.

import type { Peer } from './contract.ts'

const warmUpShare = 0.05

const [peerFile, itemsText] = process.argv.slice(2)
const items = Number(itemsText)
if (peerFile === undefined || !Number.isSafeInteger(items) || items < 1) {
  throw new Error(`Got the arguments ${process.argv.slice(2).join(' ')}; expected a peer's name and a positive number of items.`)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)) // the servers stop on exit

const { peer } = (await import(`./${peerFile}.ts`)) as { peer: Peer }
await peer.prepare()
try {
  await peer.run(Math.ceil(items * warmUpShare))
  const measurement = await peer.run(items)
  process.stdout.write(`${JSON.stringify({ name: peer.name, version: peer.version, settings: peer.settings, items, ...measurement })}\n`)
} finally {
  await peer.close()
}
process.exit(0)
