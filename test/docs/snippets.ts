// The fenced blocks of a Markdown file, and what their info strings ask for:
//
//     ts NAME [OUTCOME]   a file; it is type-checked, then run: a test by node --test, any other as run-modules.ts says.
//                         OUTCOME is how its pipelines end, 'completed' unless given. What an `sh run` block names is left to that block.
//     sh run [exit=N]     run by a shell; N is 0 unless given
//     text output         what the block before it prints, somewhere; '…' stands for anything
//     LANGUAGE NAME       a file to begin with
//     LANGUAGE NAME result   what a file holds at this point
//     anything else       left alone
//
// Blocks in HTML comments count: that is how a document prepares what it needs without showing it.

export interface Snippet {
  readonly language: string
  readonly words: readonly string[]
  readonly text: string
  /** Of its first line in the document. */
  readonly line: number
}

export function snippetsIn(markdown: string): readonly Snippet[] {
  const found: Snippet[] = []
  const lines = markdown.split('\n')
  for (let index = 0; index < lines.length; index++) {
    const opening = /^( *)```(\S+)(.*)$/.exec(lines[index]!)
    if (!opening) continue
    const [, indent = '', language = '', rest = ''] = opening
    const end = lines.indexOf(`${indent}\`\`\``, index + 1)
    if (end < 0) throw new Error(`the block that begins at line ${index + 1} does not end`)
    const text = lines.slice(index + 1, end).map(line => line.slice(indent.length)).join('\n')
    found.push({ language, words: rest.trim().split(/\s+/).filter(Boolean), text: `${text}\n`, line: index + 1 })
    index = end
  }
  return found
}

export interface Module {
  readonly name: string
  readonly outcome: string
}

/** `line` is that of its first block. */
export type Step = { readonly line: number } & Action

type Action =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'modules'; readonly modules: readonly Module[] }
  | { readonly kind: 'test'; readonly name: string }
  | { readonly kind: 'shell'; readonly text: string; readonly code: number; readonly output: string }
  | { readonly kind: 'result'; readonly name: string; readonly text: string }

/** What to do for a document, in order; files come first. */
export function stepsOf(snippets: readonly Snippet[]): readonly Step[] {
  const commands = snippets.filter(isRun).map(({ text }) => text).join('\n')
  const files = snippets.filter(({ language, words }) => isFile(language, words)).map(({ words, text, line }) => ({ kind: 'file' as const, name: words[0]!, text, line }))
  return [...files, ...snippets.flatMap((snippet, index) => stepOf(snippet, commands, snippets[index + 1])).reduce<Step[]>(joined, [])]
}

/** Modules one after the other share a process. */
function joined(steps: Step[], step: Step): Step[] {
  const last = steps.at(-1)
  if (last?.kind !== 'modules' || step.kind !== 'modules') return [...steps, step]
  return [...steps.slice(0, -1), { ...last, modules: [...last.modules, ...step.modules] }]
}

function stepOf({ language, words, text, line }: Snippet, commands: string, next: Snippet | undefined): readonly Step[] {
  const [name, word] = words
  if (isRun({ language, words })) {
    const output = next?.language === 'text' && next.words[0] === 'output' ? next.text : ''
    return [{ kind: 'shell', text, code: Number(/^exit=(\d+)$/.exec(word ?? 'exit=0')![1]), output, line }]
  }
  if (language !== 'ts') return word === 'result' ? [{ kind: 'result', name: name!, text, line }] : []
  if (name === undefined) throw new Error(`the TypeScript at line ${line} has no file name: write \`\`\`ts name.ts`)
  if (commands.includes(name)) return []
  return [name.endsWith('.test.ts') ? { kind: 'test', name, line } : { kind: 'modules', modules: [{ name, outcome: word ?? 'completed' }], line }]
}

function isRun({ language, words }: Pick<Snippet, 'language' | 'words'>): boolean {
  return language === 'sh' && words[0] === 'run'
}

function isFile(language: string, [name, word]: readonly string[]): boolean {
  return name !== undefined && word !== 'result' && (language === 'ts' || (name.includes('.') && name !== 'output'))
}

/** Whether the output holds what was expected, whatever the white space. */
export function holds(output: string, expected: string): boolean {
  const parts = expected.split('…').map(part => part.trim().split(/\s+/).map(escaped).join(String.raw`\s+`))
  return new RegExp(parts.join(String.raw`[\s\S]*?`)).test(output)
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
