// `plan`: what a file will run, and why; and where it was run before, how fast its stages are. The store is only looked at, and never made.
import { measuresIn, type RunMeasures } from '../client/measures.ts'
import { planFor } from '../client/run-pipeline.ts'
import { factsOf, type PlanFacts } from '../plan/explain.ts'
import { planMermaid } from '../plan/explain-mermaid.ts'
import { planTree, type Emphasis } from '../plan/explain-tree.ts'
import type { Plan } from '../plan/plan.ts'
import { paintFor } from './colours.ts'
import { print, printJson } from './guest-options.ts'
import { loadPipeline } from './load-pipeline.ts'
import { measuresText } from './measures-text.ts'
import { parametersFor } from './parameters.ts'
import { engineName, hasStore, withStore, type StoreOptions } from './store.ts'
import { neutralised, oneLine } from './terminal-text.ts'

export interface PlanFlags extends StoreOptions {
  readonly pipeline?: string | undefined
  readonly mermaid?: boolean | undefined
  readonly json?: boolean | undefined
  readonly debug?: boolean | undefined
}

const meanings = { name: 'strong', kind: 'active', note: 'quiet', barrier: 'warning' } as const

export async function plan(file: string, flags: PlanFlags, words: readonly string[], own: readonly string[]): Promise<void> {
  const pipeline = await loadPipeline(file, flags.pipeline)
  const planned = planFor(pipeline, parametersFor(pipeline, words, own))
  const facts = factsOf(planned)
  const shown = harmless(facts)
  if (flags.mermaid) return print(planMermaid(shown))
  const measured = await measuresFor(planned, flags)
  if (flags.json) return printJson(JSON.stringify({ ...facts, measured }, undefined, 2))
  print(planTree(shown, emphasis()))
  if (measured) print(`\n${measuresText(measured, process.stdout)}`)
}

/** A store that was not asked for and cannot be opened keeps nobody from seeing the plan. */
async function measuresFor(planned: Plan, flags: PlanFlags): Promise<RunMeasures | undefined> {
  if (!hasStore(engineName(flags))) return undefined
  try {
    return await withStore(flags, log => measuresIn(log, planned))
  } catch (error) {
    if (flags.store !== undefined || flags.engine !== undefined) throw error
    process.stderr.write(`What was measured cannot be told: ${neutralised(error instanceof Error ? error.message : String(error))}\n`)
    return undefined
  }
}

/** Names and places in the code are the user's: each is shown on one line, and steers no terminal. */
function harmless(facts: PlanFacts): PlanFacts {
  return JSON.parse(JSON.stringify(facts), (_, part: unknown) => (typeof part === 'string' ? oneLine(part) : part)) as PlanFacts
}

function emphasis(): Emphasis {
  const paint = paintFor(process.stdout)
  return (part, text) => paint(meanings[part], text)
}
