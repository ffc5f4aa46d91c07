// The plan as a Mermaid diagram: https://mermaid.js.org/syntax/flowchart.html
import type { InputFacts, PlanFacts, StageFacts } from './explain.ts'

export function planMermaid(facts: PlanFacts): string {
  const ids = new Ids()
  const sources = new Set(facts.stages.flatMap(({ inputs }) => inputs.filter(({ kind }) => kind === 'source').map(({ from }) => from)))
  const written = new Set(facts.stages.filter(writesTopic).map(({ result }) => result.topic!))
  return [
    'flowchart TD',
    ...[...sources].map(name => `${ids.of('source', name)}([${label(name)}])`),
    ...[...new Set([...facts.topics, ...written])].map(name => `${ids.of('topic', name)}[(${label(name)})]`),
    ...facts.stages.map(stage => `${ids.of('stage', stage.name)}${shapeOf(stage)}`),
    ...facts.barriers.map(({ name }) => `${ids.of('barrier', name)}{${label(name)}}`),
    ...edgesOf(facts, ids),
  ].map((line, index) => (index === 0 ? line : `  ${line}`)).join('\n')
}

function edgesOf(facts: PlanFacts, ids: Ids): readonly string[] {
  const edges = facts.stages.flatMap(stage => stage.inputs.flatMap(input => inputEdges(stage, input, facts, ids)))
  const writes = facts.stages.filter(writesTopic).map(stage => `${ids.of('stage', stage.name)} --> ${ids.of('topic', stage.result.topic!)}`)
  return [...new Set([...edges, ...writes])]
}

function inputEdges(stage: StageFacts, input: InputFacts, facts: PlanFacts, ids: Ids): readonly string[] {
  const text = input.fused.length > 0 ? `|${label(input.fused.join(', '))}|` : ''
  const path = [...input.barriers.map(name => ids.of('barrier', name)), ids.of('stage', stage.name)]
  return originsOf(input, facts, ids).flatMap(origin => {
    const arrow = input.kind === 'failures' ? '-. failed .->' : '-->'
    return path.map((to, index) => `${index === 0 ? origin : path[index - 1]!} ${index === 0 ? arrow : '-->'}${index === path.length - 1 && input.kind !== 'failures' ? text : ''} ${to}`)
  })
}

function originsOf({ kind, from }: InputFacts, facts: PlanFacts, ids: Ids): readonly string[] {
  if (kind === 'source') return [ids.of('source', from)]
  if (kind === 'failures') return [ids.of('stage', from)]
  const writers = facts.stages.filter(stage => stage.result.topic === from && !writesTopic(stage))
  return writers.length > 0 ? writers.map(({ name }) => ids.of('stage', name)) : [ids.of('topic', from)]
}

function writesTopic({ result }: StageFacts): boolean {
  return result.storage === "a topic of the user's"
}

function shapeOf({ name, kind, shards }: StageFacts): string {
  switch (kind) {
    case 'sharder': return `{{${label(`${name} × ${shards.length}`)}}}`
    case 'reduce': return `[/${label(name)}\\]`
    case 'sink': return `[(${label(name)})]`
    case 'batch': return `[${label(`${name} ⊞`)}]`
    case 'work': return `[${label(name)}]`
    default: return `[[${label(name)}]]`
  }
}

/** Names may hold what Mermaid would read as its own. */
class Ids {
  readonly #ids = new Map<string, string>()

  of(kind: string, name: string): string {
    const key = `${kind} ${name}`
    if (!this.#ids.has(key)) this.#ids.set(key, `n${this.#ids.size + 1}`)
    return this.#ids.get(key)!
  }
}

function label(text: string): string {
  return `"${text.replaceAll('&', '#amp;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')}"`
}
