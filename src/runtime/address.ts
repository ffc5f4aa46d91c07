// Results that enter a user's topic, or come from a source with ids, get what the topic says: a checked value, an id, a key, a time.
import { conform } from '../model/schema.ts'
import type { Items } from '../model/items.ts'
import { Names } from '../model/names.ts'
import type { Key } from '../model/values.ts'
import { millisecondsOf } from '../model/values.ts'
import { readTopic, type Topic } from '../pipeline/topic.ts'
import type { StagePlan } from '../plan/plan.ts'
import { keyText } from './operators.ts'

export interface Addressed {
  readonly items: Items
  /** Ids by which duplicates are dropped, within `forMs`. */
  readonly ids?: readonly string[] | undefined
  readonly forMs?: number | undefined
}

/** Duplicates are dropped within a day. */
export const idHorizonMs = millisecondsOf('1d', 'id horizon')

interface Address {
  readonly id?: ((item: any) => Key) | undefined
  readonly key?: ((item: any) => Key) | undefined
  readonly time?: ((item: any) => Date) | undefined
}

/** Undefined where results stay as they are. */
export function addressOf(stage: StagePlan): ((items: Items) => Addressed) | undefined {
  const address: Address = stage.topic ? readTopic(stage.topic)! : stage.kind === 'relay' ? { id: stage.id, time: stage.time } : {}
  return address.id || address.key || address.time ? items => addressed(items, address) : undefined
}

export function addressed(items: Items, { id, key, time }: Address): Addressed {
  const ids = id && items.values.map(value => String(id(value)))
  return {
    items: {
      ...items,
      ids: ids ? Names.of(ids) : items.ids,
      keys: key ? items.values.map(value => keyText(key(value))) : items.keys,
      times: time ? items.values.map(value => time(value).getTime()) : items.times,
    },
    ids,
    forMs: ids && idHorizonMs,
  }
}

/** Values as the topic's schema gives them back. Throws SchemaError naming the topic. */
export function conformed(topic: Topic<any, any>, values: readonly unknown[]): readonly unknown[] {
  const { schema } = readTopic(topic)!
  return schema ? values.map(value => conform(schema, value, `an item for topic '${topic.name}'`)) : values
}
