// What one process asks of the one that leads a run.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FencedError } from '../../src/model/errors.ts'
import { CommandInbox, commandsTopicSpec, messagesFrom, say } from '../../src/runtime/commands.ts'
import { World } from '../../src/testing/world.ts'

test('a leader that was refused while it obeyed a command obeys the next one', async () => {
  const world = new World()
  const { log } = world.process()
  await world.until(log.createTopics([commandsTopicSpec]))
  const inbox = new CommandInbox(log)
  await world.until(inbox.start(async ({ id }) => {
    if (id === 'first') throw new FencedError(1, 2)
    return 7
  }))
  const ask = (id: string) => world.until(say(log, { id, stage: 'work', kind: 'pause' }))
  await ask('first')
  await assert.rejects(world.until(inbox.look()), { code: 'FENCED' })
  await ask('second')
  await world.until(inbox.look())
  const { messages } = await world.until(messagesFrom(log, 0))
  assert.deepEqual(messages.at(-1), { kind: 'answer', to: 'second', value: 7 })
  world.clock.stop()
})
