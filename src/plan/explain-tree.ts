// The plan as a tree for people: each stage under what it reads first, with what was fused, stored and held back.
import type { InputFacts, PlanFacts, StageFacts } from './explain.ts'

/** Paints parts by meaning; plain text where nobody asks for colours. */
export type Emphasis = (part: 'name' | 'kind' | 'note' | 'barrier', text: string) => string

interface Branch {
  readonly title: string
  readonly notes: readonly string[]
  readonly children: readonly Branch[]
}

export function planTree(facts: PlanFacts, emphasis: Emphasis = (_, text) => text): string {
  return new Tree(facts, emphasis).text()
}

class Tree {
  readonly #facts: PlanFacts
  readonly #emphasis: Emphasis
  readonly #shown = new Set<string>()

  constructor(facts: PlanFacts, emphasis: Emphasis) {
    this.#facts = facts
    this.#emphasis = emphasis
  }

  text(): string {
    const { pipeline, stages, barriers, outputs, tolerate } = this.#facts
    const stored = new Set(stages.filter(({ result }) => result.storage !== 'not stored').map(({ result }) => result.topic)).size
    const counts = [counted(stages.length, 'stage'), ...barriers.length > 0 ? [counted(barriers.length, 'barrier')] : [], `${counted(stored, 'topic')} stored`]
    const roots = this.#roots().map(root => lines(root).join('\n'))
    const parts = [
      `${this.#emphasis('name', pipeline)} ${this.#emphasis('kind', `· ${counts.join(' · ')}${tolerate === undefined ? '' : ` · tolerates ${tolerate} failed`}`)}`,
      ...roots,
      ...barriers.length > 0 ? [this.#barriers()] : [],
      ...outputs.length > 0 ? [`Results\n${outputs.map(({ name, from }) => `  ${this.#emphasis('name', name)} ${this.#emphasis('kind', `of ${listed(from)}`)}`).join('\n')}`] : [],
    ]
    return parts.join('\n\n')
  }

  #roots(): readonly Branch[] {
    const { stages, topics } = this.#facts
    const sources = [...new Set(stages.flatMap(({ inputs }) => inputs.filter(({ kind }) => kind === 'source').map(({ from }) => from)))]
    return [
      ...sources.map(name => this.#root(name, 'source', 'read where it is, not copied', 'source')),
      ...topics.map(name => this.#root(name, 'topic', 'filled by others', 'topic')),
    ]
  }

  #root(name: string, kind: string, note: string, reads: InputFacts['kind']): Branch {
    return { title: this.#title(name, `${kind}, ${note}`), notes: [], children: this.#readersOf(reads, name) }
  }

  #readersOf(kind: InputFacts['kind'], from: string): readonly Branch[] {
    return this.#facts.stages.flatMap(stage => stage.inputs.filter(input => input.kind === kind && input.from === from).map(input => this.#branch(stage, input)))
  }

  #branch(stage: StageFacts, input: InputFacts): Branch {
    const via = this.#via(input)
    if (this.#shown.has(stage.name)) return { title: `${this.#emphasis('name', stage.name)} ${this.#emphasis('kind', '(shown above)')}`, notes: via, children: [] }
    this.#shown.add(stage.name)
    const { result } = stage
    const below = result.topic === undefined ? [] : this.#readersOf('topic', result.topic)
    return { title: this.#title(stage.name, titleOf(stage)), notes: [...via, ...this.#resultNotes(stage)], children: [...below, ...this.#readersOf('failures', stage.name)] }
  }

  #via({ kind, fused, barriers, after }: InputFacts): readonly string[] {
    return [
      ...kind === 'failures' ? [this.#note('reads what failed')] : [],
      ...barriers.map(name => this.#emphasis('barrier', `behind barrier '${name}'`)),
      ...after.map(name => this.#note(`after '${name}' has finished`)),
      ...fused.length > 0 ? [this.#note(`fused: ${fused.join(', ')}`)] : [],
    ]
  }

  #resultNotes({ kind, result: { storage, readers, topic } }: StageFacts): readonly string[] {
    if (storage === 'not stored') return kind === 'sink' ? [] : [this.#note('results are not stored: nothing reads them')]
    if (storage === "a topic of the user's") return [this.#note(`writes topic '${topic}'`)]
    const times = readers.length > 1 ? `stored once for its ${readers.length} readers` : 'stored'
    const reason = { bounded: '', 'kept whole': ', kept whole: a barrier waits for all of it', 'kept as a result': ', kept as a result' }[storage]
    return [this.#note(times + reason)]
  }

  #barriers(): string {
    const line = ({ name, before, holds, tolerate }: PlanFacts['barriers'][number]) =>
      `  ${this.#emphasis('barrier', name)} opens when ${listed(before)} ${before.length === 1 ? 'is' : 'are'} complete${tolerate === 0 ? ' and nothing failed' : `, and tolerates ${tolerate} failed`}\n    ${this.#note(`holds ${listed(holds)}`)}`
    return `Barriers\n${this.#facts.barriers.map(line).join('\n')}`
  }

  #title(name: string, kind: string): string {
    return `${this.#emphasis('name', name)}  ${this.#emphasis('kind', kind)}`
  }

  #note(text: string): string {
    return this.#emphasis('note', text)
  }
}

function titleOf({ kind, shards, settings }: StageFacts): string {
  const parts = kind === 'sharder' ? [`${counted(shards.length, 'shard')}: ${shortList(shards)}`] : shards.length > 0 ? [counted(shards.length, 'shard')] : []
  return [kind, ...parts, ...settings].join(' · ')
}

function shortList(names: readonly string[]): string {
  return names.length <= 6 ? names.join(', ') : `${names.slice(0, 3).join(', ')}, … ${names.at(-1)}`
}

function lines({ title, notes, children }: Branch): readonly string[] {
  const rail = children.length > 0 ? '│ ' : '  '
  const below = children.flatMap((child, index) => {
    const isLast = index === children.length - 1
    return lines(child).map((line, at) => `${at === 0 ? (isLast ? '└─ ' : '├─ ') : isLast ? '   ' : '│  '}${line}`)
  })
  return [title, ...notes.map(note => `${rail}${note}`), ...below]
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function listed(names: readonly string[]): string {
  const quoted = names.map(name => `'${name}'`)
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`
}
