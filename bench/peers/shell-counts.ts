// Counting with the tools of the shell. The locale is C: bytes are compared, not the letters of a language.
import { execFileSync, spawnSync } from 'node:child_process'
import type { Contestant, CountPlaces, Counter } from '../contest.ts'

export type Counted = 'page' | 'word' | 'line'

const awk: Readonly<Record<Counted, string>> = {
  page: '{ count[$7]++ } END { for (key in count) print key "," count[key] }',
  word: '{ for (field = 1; field <= NF; field++) count[$field]++ } END { for (key in count) print key "," count[key] }',
  line: '{ count[$0]++ } END { for (key in count) print key "," count[key] }',
}
const awkMerge = '{ count[$1] += $2 } END { for (key in count) print key "," count[key] }'

export function mawk(counted: Counted): Contestant {
  return tool('mawk', 'mawk', ['-W', 'version'], {
    settings: `one process, LC_ALL=C: ${awk[counted]}`, form: 'key,count',
    script: ({ input }) => `mawk '${awk[counted]}' '${input}'`,
  })
}

export function parallelMawk(counted: Counted): Contestant {
  return tool('two mawks under GNU parallel', 'parallel', ['--version'], {
    settings: 'parallel --pipepart --block -1 -j2 mawk, counts added up by a third; LC_ALL=C', form: 'key,count',
    script: ({ input, scratch }) => `parallel --will-cite --tmpdir '${scratch}' --pipepart -a '${input}' --block -1 -j2 -q mawk '${awk[counted]}' | mawk -F, '${awkMerge}'`,
  })
}

export interface SortMemory {
  /** Of sort's -S, such as '512M'. */
  readonly memory: string
}

export function cutSortUniq({ memory }: SortMemory): Contestant {
  return sortUniq("cut -d' ' -f7 | sort | uniq -c", memory, input => `cut -d' ' -f7 '${input}' | `)
}

export function sortLinesUniq({ memory }: SortMemory): Contestant {
  return sortUniq('sort | uniq -c', memory, input => `<'${input}' `)
}

function sortUniq(name: string, memory: string, before: (input: string) => string): Contestant {
  return tool(name, 'sort', ['--version'], {
    settings: `LC_ALL=C, sort --parallel=2 -S ${memory}`, form: 'count key',
    script: ({ input, scratch }) => `${before(input)}sort --parallel=2 -S ${memory} -T '${scratch}' | uniq -c`,
  })
}

interface Tool extends Pick<Counter, 'settings' | 'form'> {
  readonly script: (places: CountPlaces) => string
}

/** Paths hold no quotes: they are of folders that the benchmark has made. */
function tool(name: string, program: string, versionParameters: readonly string[], { settings, form, script }: Tool): Contestant {
  if (spawnSync(program, versionParameters).error) return { name, absent: `as ${program} is not installed (on Debian: apt-get install ${program})` }
  return {
    name, version: versionOf(program, versionParameters), settings, form,
    program: places => ({ file: 'bash', parameters: ['-c', `set -euo pipefail; ${script(places)}`], env: { LC_ALL: 'C' }, output: places.output }),
  }
}

function versionOf(program: string, parameters: readonly string[]): string {
  const [first] = execFileSync(program, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')
  return first!.replace(', Copyright.*', '').slice(0, 40)
}
