// The tool that runs the snippets must be able to fail.
import { deepEqual, equal, match, rejects, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { holds, snippetsIn, stepsOf } from './snippets.ts'
import { Workshop } from './workshop.ts'

const fence = '```'
const document = (...blocks: readonly (readonly [info: string, text: string])[]) => blocks.map(([info, text]) => `${fence}${info}\n${text}\n${fence}\n`).join('\n')

async function work(markdown: string): Promise<void> {
  using workshop = new Workshop()
  const steps = stepsOf(snippetsIn(markdown))
  workshop.write('document', steps)
  for (const step of steps) await workshop.take('document', step)
}

const pipelineThatFails = `import { items, pipeline } from 'batchwork'
export default pipeline('p', flow => { flow.source('n', items([1])).work('w', () => { throw new Error('broken') }, { attempts: 1 }) })`

test('blocks are found with their language, words and place', () => {
  deepEqual(snippetsIn(`text\n${document(['ts a.ts', 'one\ntwo'])}`), [{ language: 'ts', words: ['a.ts'], text: 'one\ntwo\n', line: 2 }])
})

test('TypeScript without a file name is refused', () => throws(() => stepsOf(snippetsIn(document(['ts', 'x']))), /has no file name/))

test('a file that a command names is left to the command', () => {
  const kinds = stepsOf(snippetsIn(document(['ts a.ts', 'x'], ['ts b.ts', 'y'], ['sh run', 'node a.ts']))).map(step => step.kind)
  deepEqual(kinds, ['file', 'file', 'modules', 'shell'])
})

test('an output may leave out what changes, and nothing else', () => {
  equal(holds('a  b\n 12 ms c', 'a b\n… ms c'), true)
  equal(holds('a  b\n 12 ms c', 'a b\n… s d'), false)
  equal(holds('a  b\n 12 ms c', 'a ms c'), false)
})

test('a module that throws fails', () => rejects(work(document(['ts a.ts', "throw new Error('oh')"])), /oh/))
test('a pipeline that ends otherwise fails', () => rejects(work(document(['ts a.ts', pipelineThatFails])), /completed-with-failures/))
test('a pipeline that ends as told passes', () => work(document(['ts a.ts completed-with-failures', pipelineThatFails])))
test('a command with another exit code fails', () => rejects(work(document(['sh run', 'exit 3'])), /ended with 3/))
test('a command with another output fails', () => rejects(work(document(['sh run', 'echo no'], ['text output', 'yes'])), /which is not/))
test('a file with other contents fails', () => rejects(work(document(['sh run', 'echo no > a.txt'], ['text a.txt result', 'yes'])), /not as shown/))

test('types that do not fit are told', async () => {
  using workshop = new Workshop()
  workshop.write('document', stepsOf(snippetsIn(document(['ts a.ts', "export const a: number = 'text'"]))))
  match(await workshop.typeErrors(), /not assignable/)
})
