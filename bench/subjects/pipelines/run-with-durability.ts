// The page count by the library, as the command line has no option for durability. Usage: node run-with-durability.ts full|relaxed STORE
import { connect, embedded } from 'batchwork'
import pageCounts from './page-counts.ts'

const [durability, store] = process.argv.slice(2) as ['full' | 'relaxed', string]
await using client = await connect({ engine: embedded(store, { durability }) })
const { outcome } = await client.run(pageCounts)
if (outcome !== 'completed') throw new Error(`The run was ${outcome}; expected completed.`)
