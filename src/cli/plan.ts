// `plan`: what a file will run, and why.
import { planFor } from '../client/run-pipeline.ts'
import { factsOf, type PlanFacts } from '../plan/explain.ts'
import { planMermaid } from '../plan/explain-mermaid.ts'
import { planTree, type Emphasis } from '../plan/explain-tree.ts'
import { paintFor } from './colours.ts'
import { print, printJson } from './guest-options.ts'
import { loadPipeline } from './load-pipeline.ts'
import { parametersFor } from './parameters.ts'
import { oneLine } from './terminal-text.ts'

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
  if (flags.json) return printJson(JSON.stringify(facts, undefined, 2))
  const shown = harmless(facts)
  print(flags.mermaid ? planMermaid(shown) : planTree(shown, emphasis()))
}

/** Names and places in the code are the user's: each is shown on one line, and steers no terminal. */
function harmless(facts: PlanFacts): PlanFacts {
  return JSON.parse(JSON.stringify(facts), (_, part: unknown) => (typeof part === 'string' ? oneLine(part) : part)) as PlanFacts
}

function emphasis(): Emphasis {
  const paint = paintFor(process.stdout)
  return (part, text) => paint(meanings[part], text)
}
