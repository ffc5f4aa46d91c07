// Topics with schemas, a shared limit, a join by key, a splitter and sharded senders.
import { limit, PermanentError, pipeline, RetryLater, topic, type Context } from 'batchwork'
import { z } from 'zod'

const Channel = z.enum(['email', 'sms'])
const SignUp = z.object({ email: z.email(), phone: z.string().optional(), channels: z.array(Channel).default(['email']) })
type SignUp = z.output<typeof SignUp>

export const signUps = topic('sign-ups', { schema: SignUp, id: person => person.email })
export const verified = topic('verified', { schema: z.object({ email: z.email() }), id: click => click.email })

const mail = limit('mail provider', { concurrency: 20, perSecond: 100 })

export default pipeline('sign-up', flow => {
  const people = flow.source(signUps)
  people.work('verification email', send('verify'), { limit: mail })

  const users = flow.joinByKey('verified user', {
    person: people.keyBy(person => person.email),
    click: flow.source(verified).keyBy(click => click.email),
  }, { within: '7d' })
  users.incomplete.filter(waiting => waiting.person !== undefined).work('forget', ({ key }) => void key.toLowerCase())

  const user = users.map(({ person }) => person)
  user.work('welcome email', send('welcome'), { limit: mail })

  const { email, sms } = user.work('set up notifications', async (person: SignUp): Promise<void> => void person.email)
    .filter(person => person.channels.length > 0)
    .split({ email: person => person.channels.includes('email'), sms: person => person.channels.includes('sms') })

  email.shard('email shards', { by: person => person.email, shards: 4 }).work('email sender', send('news'), { limit: mail, attempts: 8 })
  sms.shard('sms shards', { by: person => person.email, shards: 4 }).work('sms sender', async person => {
    if (!person.phone) throw new PermanentError('opted in to SMS without a phone number')
  })
})

function send(template: string) {
  return async (person: SignUp, { id, signal }: Context) => {
    signal.throwIfAborted()
    if (person.email === template) throw new RetryLater(`mail provider is full: ${id}`, { after: '30s' })
  }
}
