import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { engines } from './engines.ts'
import { Example } from './example.ts'

for (const { name, skip, parameters } of engines) {
  test(`hello greets everyone on ${name}`, { skip }, async () => {
    using example = new Example('hello')
    const { code, errors } = await example.run(...await parameters())
    equal(code, 0, errors)
    const greetings = example.jsonLines<{ greeting: string }>('out/greetings.jsonl').map(({ greeting }) => greeting)
    deepEqual(greetings.toSorted(), ['Hello, Ada!', 'Hello, Edsger!', 'Hello, Grace!'])
  })
}

test('hello, run again, greets everyone once more in a file of its own', async () => {
  using example = new Example('hello')
  await example.run()
  equal((await example.run()).code, 0)
  equal(example.jsonLines('out/greetings.jsonl').length, 3)
})
