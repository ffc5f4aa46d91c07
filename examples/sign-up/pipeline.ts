// New users: a verification mail for each; then the news they asked for, by mail, by text message, or both. A splitter routes,
// sharders divide each channel into four fault domains, one limit is shared by all senders of mail.
//
//     npx node examples/sign-up/publish.ts
//     npx batchwork run examples/sign-up/pipeline.ts
//
// One user asked for text messages and gave no phone number: the run ends with one item set aside, and exit code 2.
import { limit, PermanentError, pipeline, topic } from 'batchwork'
import { z } from 'zod'
import { deliver } from './outbox.ts'

const SignUp = z.object({
  email: z.email(),
  phone: z.string().optional(),
  channels: z.array(z.enum(['email', 'sms'])).default(['email']),
})

export const signUps = topic('sign-ups', { schema: SignUp, id: person => person.email })

const mailProvider = limit('mail provider', { concurrency: 20, perSecond: 1_000 })

export default pipeline('sign-up', flow => {
  const people = flow.source(signUps)

  people.work('verification mail', (person, { id }) => deliver('email', person.email, 'Please verify your address', id), { limit: mailProvider })

  const { email, sms } = people
    .filter(person => person.channels.length > 0)
    .split({ email: person => person.channels.includes('email'), sms: person => person.channels.includes('sms') })

  email.shard('mail shards', { by: person => person.email, shards: 4 })
    .work('news by mail', (person, { id }) => deliver('email', person.email, 'Our news', id), { limit: mailProvider })

  sms.shard('text shards', { by: person => person.email, shards: 4 })
    .work('news by text', async (person, { id }) => {
      if (person.phone === undefined) throw new PermanentError(`${person.email} asked for text messages, but gave no phone number`)
      await deliver('sms', person.phone, 'Our news', id)
    })
})
