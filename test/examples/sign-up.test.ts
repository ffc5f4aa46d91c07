import { deepEqual, equal, match } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { people } from '../../examples/sign-up/people.ts'
import { onEachEngine } from './engines.ts'
import { Example } from './example.ts'

interface Message {
  readonly channel: 'email' | 'sms'
  readonly to: string
  readonly text: string
}

onEachEngine('everyone gets a verification mail and the news they asked for, but for the one without a phone number', async engine => {
  using example = new Example('sign-up', engine)
  const published = await example.node('publish.ts')
  match(published.output, /accepted: 40, duplicates: 1/, published.errors)
  const { code, errors } = await example.run()
  equal(code, 2, errors)

  const outbox = join(example.path, 'out', 'outbox')
  const messages = readdirSync(outbox).map(file => JSON.parse(readFileSync(join(outbox, file), 'utf8')) as Message)
  const recipients = (channel: Message['channel'], text: string) => messages.filter(message => message.channel === channel && message.text === text).map(({ to }) => to).toSorted()
  const emails = people.map(({ email }) => email).toSorted()
  deepEqual(recipients('email', 'Please verify your address'), emails)
  deepEqual(recipients('email', 'Our news'), emails)
  deepEqual(recipients('sms', 'Our news'), people.filter(({ channels, phone }) => channels.includes('sms') && phone !== undefined).map(({ phone }) => phone!).toSorted())
  equal(messages.length, 40 + 40 + 19)
})
