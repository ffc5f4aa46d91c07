// `plan`: what a file will run, and why.
import { planFor } from '../client/run-pipeline.ts'
import { factsOf } from '../plan/explain.ts'
import { planMermaid } from '../plan/explain-mermaid.ts'
import { planTree, type Emphasis } from '../plan/explain-tree.ts'
import { paintFor } from './colours.ts'
import { loadPipeline } from './load-pipeline.ts'
import { parametersFor } from './parameters.ts'

export interface PlanFlags {
  readonly pipeline?: string | undefined
  readonly mermaid?: boolean | undefined
  readonly json?: boolean | undefined
  readonly debug?: boolean | undefined
}

const meanings = { name: 'strong', kind: 'active', note: 'quiet', barrier: 'warning' } as const

export async function plan(file: string, flags: PlanFlags, words: readonly string[], own: readonly string[]): Promise<void> {
  const pipeline = await loadPipeline(file, flags.pipeline)
  const facts = factsOf(planFor(pipeline, parametersFor(pipeline, words, own)))
  process.stdout.write(`${flags.json ? JSON.stringify(facts, undefined, 2) : flags.mermaid ? planMermaid(facts) : planTree(facts, emphasis())}\n`)
}

function emphasis(): Emphasis {
  const paint = paintFor(process.stdout)
  return (part, text) => paint(meanings[part], text)
}
