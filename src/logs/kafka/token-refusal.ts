// A broker that refuses a token answers with the reason where others answer with an error (RFC 7628), and waits to be asked on. The client takes that for a yes, and what
// is asked next is not answered; so the answer is looked at here.
import type { ConnectionOptions, Kafka } from './client.ts'

type Sasl = NonNullable<ConnectionOptions['sasl']>

export function refusingTokens(kafka: Kafka, sasl: Sasl): Sasl {
  if (sasl.mechanism !== 'OAUTHBEARER') return sasl
  return {
    ...sasl,
    authBytesValidator: (answer, callback) => {
      if (answer.length === 0) callback(null, answer)
      else callback(new kafka.ProtocolError('SASL_AUTHENTICATION_FAILED'))
    },
  }
}
