// Runs a module of the documentation: importing it runs what stands at its top; then each pipeline it exports, that can run without
// parameters, is run to its end. Fails unless each ends as expected and its numbers add up.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { connect, type Pipeline } from 'batchwork'
import { readPipeline } from '../../src/pipeline/pipeline.ts'

const [file = '', expected = 'completed'] = process.argv.slice(2)
const module = (await import(pathToFileURL(resolve(file)).href)) as Readonly<Record<string, unknown>>
const pipelines = Object.values(module).filter((value): value is Pipeline<void> => readPipeline(value) !== undefined)
if (pipelines.length > 0) {
  await using client = await connect()
  for (const pipeline of pipelines) {
    const { outcome, reasons, balanced, failures } = await client.run(pipeline, { onMessage: ({ message }) => console.log(message) })
    const failed: string[] = []
    for await (const { stage, id, error } of failures()) failed.push(`${stage} ${id}: ${error.message}`)
    if (outcome === expected && balanced) continue
    console.error(`pipeline '${pipeline.name}' ended as '${outcome}', expected '${expected}'; balanced: ${String(balanced)}\n${[...reasons, ...failed].join('\n')}`)
    process.exitCode = 1
  }
}
