// A topic as a handle at module level: shared by pipelines, applications and tests. What is published to it is checked by its schema.
import type { Schema } from '../model/schema.ts'
import type { Duration, Key } from '../model/values.ts'
import type { Sink } from '../sink.ts'
import { Brand } from './brand.ts'
import { looseCall } from './call.ts'
import { aDuration, aFunction, aSchema, checkArgument, checkOptions, either, where } from './checks.ts'
import { aName } from './names.ts'

export interface Topic<T, Input = T> extends Sink<T> {
  readonly name: string
  readonly '~topic'?: { readonly item: (item: T) => T; readonly input: (input: Input) => void }
}

export interface TopicOptions<T, Input> {
  /** Items that do not fit are refused where they enter. */
  readonly schema?: Schema<Input, T> | undefined
  /** Same id, same item: a duplicate within the horizon is dropped. Default: an id of its own for each. */
  readonly id?: ((item: T) => Key) | undefined
  readonly key?: ((item: T) => Key) | undefined
  /** Event time. Default: when it was published. */
  readonly time?: ((item: T) => Date) | undefined
  /** Default: until every subscription has read it. */
  readonly keepFor?: Duration | 'always' | undefined
}

const brand = new Brand<TopicOptions<any, any>>('topic')

const checks = {
  schema: aSchema,
  id: aFunction,
  key: aFunction,
  time: aFunction,
  keepFor: either(where(value => value === 'always', ''), aDuration, "a duration such as '7d', or 'always'"),
}

/**
 * A named, retained stream of items that pipelines read and write. Throws PlanError.
 *
 *     export const orders = topic<Order>('orders', { key: order => order.customer })
 */
export function topic<T, Input = T>(name: string, options?: TopicOptions<T, Input>): Topic<T, Input> {
  const call = looseCall('topic', name)
  checkArgument(call, name, 'the name', aName)
  checkOptions(call, options, checks)
  return brand.mark({ name, write: refuseWrite }, { ...options })
}

/** The engine appends to a topic in the commit of the stage before it; that is more than a sink can do. */
async function refuseWrite(this: { readonly name: string }): Promise<void> {
  throw new Error(`topic '${this.name}' cannot be written to directly: use stream.to(topic) in a pipeline, or client.publish(topic, item)`)
}

export function isTopic(value: unknown): value is Topic<any, any> {
  return brand.read(value) !== undefined
}

/** Undefined for what is no topic. */
export function readTopic(value: unknown): TopicOptions<any, any> | undefined {
  return brand.read(value)
}
