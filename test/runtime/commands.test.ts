// The owner's side of commands from outside.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryLog, MemoryStore } from '../../src/logs/memory/memory-log.ts'
import { generator } from '../../src/reducers/seeded-random.ts'
import { CommandInbox, commandsTopicSpec, messagesFrom, say, type Command } from '../../src/runtime/commands.ts'
import { World } from '../../src/testing/world.ts'

const resume = (stage: string): Command => ({ kind: 'resume', id: stage, stage })

test('a command that could not be carried out does not keep the next from being obeyed', async () => {
  const world = new World()
  const log = new MemoryLog(new MemoryStore({ clock: world.clock, random: generator(1) }))
  const inbox = new CommandInbox(log)
  const asked: string[] = []
  await log.createTopics([commandsTopicSpec])
  await inbox.start(async ({ stage }) => {
    asked.push(stage)
    if (stage === 'first') throw new Error('another took over')
    return 1
  })
  await say(log, resume('first'))
  await assert.rejects(inbox.look(), /another took over/)
  await say(log, resume('second'))
  await inbox.look()
  assert.deepEqual(asked, ['first', 'second'])
  const { messages } = await messagesFrom(log, 0)
  assert.deepEqual(messages.filter(({ kind }) => kind === 'answer'), [{ kind: 'answer', to: 'second', value: 1 }])
  world.clock.stop()
})
