import { deepEqual, equal } from 'node:assert/strict'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

onEachEngine('hello greets everyone', async engine => {
  using example = new Example('hello', engine)
  const { code, errors } = await example.run()
  equal(code, 0, errors)
  const greetings = example.jsonLines<{ greeting: string }>('out/greetings.jsonl').map(({ greeting }) => greeting)
  deepEqual(greetings.toSorted(), ['Hello, Ada!', 'Hello, Edsger!', 'Hello, Grace!'])
})

onEachEngine('hello, run again, greets everyone once more in a file of its own', async engine => {
  using example = new Example('hello', engine)
  await example.run()
  equal((await example.run()).code, 0)
  equal(example.jsonLines('out/greetings.jsonl').length, 3)
})
