// Runs modules of the documentation, given as FILE=OUTCOME: importing one runs what stands at its top; then each pipeline it exports is run
// to its end. Fails unless each ends as expected and its numbers add up.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { connect, type Pipeline } from 'batchwork'
import { readPipeline } from '../../src/pipeline/pipeline.ts'

await using client = await connect()

for (const argument of process.argv.slice(2)) {
  const [file = '', expected = ''] = argument.split('=')
  const module = (await import(pathToFileURL(resolve(file)).href)) as Readonly<Record<string, unknown>>
  const pipelines = Object.values(module).filter((value): value is Pipeline<void> => readPipeline(value) !== undefined)
  for (const pipeline of pipelines) await run(file, pipeline, expected)
}

async function run(file: string, pipeline: Pipeline<void>, expected: string): Promise<void> {
  const { outcome, reasons, balanced, failures } = await client.run(pipeline, { onMessage: ({ message }) => console.log(message) })
  if (outcome === expected && balanced) return
  const failed: string[] = []
  for await (const { stage, id, error } of failures()) failed.push(`${stage} ${id}: ${error.message}`)
  console.error(`${file}: pipeline '${pipeline.name}' ended as '${outcome}', expected '${expected}'; balanced: ${String(balanced)}\n${[...reasons, ...failed].join('\n')}`)
  process.exitCode = 1
}
