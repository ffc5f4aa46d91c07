// What `build` is given: where streams begin, and where several become one.
import { joinByKey } from '../patterns/event-buffer.ts'
import { merge } from '../patterns/merger.ts'
import { source, subscribe } from '../patterns/source.ts'
import type { Duration, Key } from '../model/values.ts'
import type { Source } from '../source.ts'
import { looseCall, refuse } from './call.ts'
import { checkReadable, isRecord, mustBe } from './checks.ts'
import type { GraphBuilder } from './graph-builder.ts'
import type { GraphNode } from './graph.ts'
import { NodeStream, nodeOf, withLater } from './node-streams.ts'
import type { MergeOptions, SourceOptions, SubscriptionOptions } from './options.ts'
import type { ItemOf, Joined, KeyedStream, KeyedStreams, Stream } from './stream.ts'
import { isTopic, type Topic } from './topic.ts'

export interface Flow {
  source<T, I>(topic: Topic<T, I>, options?: SubscriptionOptions): Stream<T>
  source<T, U = T>(name: string, source: Source<T>, options?: SourceOptions<U>): Stream<U>
  merge<S extends readonly Stream<any>[]>(name: string, streams: S, options?: MergeOptions<ItemOf<S[number]>>): Stream<ItemOf<S[number]>>
  joinByKey<K extends Key, S extends KeyedStreams<any>>(
    name: string, streams: S & KeyedStreams<K>, options: { readonly within: Duration },
  ): Joined<K, { readonly [N in keyof S]: S[N] extends KeyedStream<any, infer T> ? T : never }>
}

const streamsMax = 10_000

export class GraphFlow implements Flow {
  readonly #graph: GraphBuilder

  constructor(graph: GraphBuilder) {
    this.#graph = graph
  }

  source(first: unknown, second?: any, third?: any): any {
    if (isTopic(first)) return new NodeStream(this.#graph, this.#graph.add(subscribe(first, second)))
    return new NodeStream(this.#graph, this.#graph.add(source(first as string, second, third)))
  }

  merge(name: string, streams: readonly unknown[], options?: MergeOptions<any>): any {
    const call = looseCall('merger', name)
    checkReadable(call, streams, 'its second argument')
    if (!Array.isArray(streams)) return refuse(call, mustBe('its second argument', streams, 'a list of streams'))
    if (streams.length > streamsMax) return refuse(call, `its second argument has ${streams.length.toLocaleString('en')} streams, but may have at most ${streamsMax.toLocaleString('en')}`)
    const inputs = Array.from<unknown, GraphNode>(streams, (stream, index) => nodeOf(stream, this.#graph, call, `stream ${index + 1} of ${streams.length}`))
    return new NodeStream(this.#graph, this.#graph.add(merge(inputs, name, options)))
  }

  joinByKey(name: string, streams: Readonly<Record<string, unknown>>, options: { readonly within: Duration }): any {
    const call = looseCall('join by key', name)
    if (!isRecord(streams)) return refuse(call, mustBe('its second argument', streams, 'an object of keyed streams'))
    const inputs = Object.entries(streams).map(([part, stream]) => nodeOf(stream, this.#graph, call, `stream '${part}'`, 'keyed stream'))
    return withLater(this.#graph, joinByKey(inputs, name, options), 'incomplete')
  }
}
