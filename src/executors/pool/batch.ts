// Tasks as one message. Fields go as columns: cloning an array of strings costs a fraction of cloning as many objects.
import type { Task } from '../../executor.ts'
import type { Work } from './messages.ts'

export function batchOf(tasks: readonly Task[], first: number, claims: Int8Array<SharedArrayBuffer> | undefined): Work {
  const contexts = tasks.map(({ context }) => context)
  return {
    kind: 'work',
    first,
    claims,
    stage: contexts[0]?.stage ?? '',
    values: tasks.map(({ value }) => value),
    ids: contexts.map(({ id }) => id),
    keys: contexts.map(({ key }) => key),
    times: contexts.map(({ time }) => time.getTime()),
    headers: contexts.map(({ headers }) => headers),
    origins: contexts.map(({ origin }) => origin),
    attempt: contexts.map(({ attempt }) => attempt),
    attempts: contexts.map(({ attempts }) => attempts),
    shards: contexts.map(({ shard }) => shard),
  }
}
