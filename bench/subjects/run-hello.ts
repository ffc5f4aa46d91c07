// The cold start without the command line: connect and run, from the library.
import { connect, embedded } from 'batchwork'
import { parametersOf } from '../measure/child.ts'
import hello from './hello.ts'

await using client = await connect({ engine: embedded(parametersOf<{ readonly folder: string }>().folder) })
const { outcome } = await client.run(hello)
if (outcome !== 'completed') throw new Error(`The run was ${outcome}; expected completed.`)
