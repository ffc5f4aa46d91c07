// What must compile, and what must not: each line below a @ts-expect-error is a mistake that the types have to catch.
import { agree, inChunks, multiWorker, pipeline, race, topic, type Context, type ItemOf, type Outputs, type Pipeline, type Schema, type Stream, type Topic } from 'batchwork'
import { upsertTable } from 'batchwork/sqlite'
import { z } from 'zod'
import { count, countBy, items, sum, together, topK } from './gathered.ts'
import accessLog from './access-log.ts'
import migration from './migration.ts'
import parking from './parking.ts'
import signUp from './sign-up.ts'

type Eq<A, B> = (<X>() => X extends A ? 1 : 2) extends (<X>() => X extends B ? 1 : 2) ? true : false
const is = <T extends true>(_?: T) => {}
type Note = { channel: 'email'; address: string } | { channel: 'sms'; phone: string }
export default pipeline('probe', flow => {
  const notes = flow.source('notes', items([] as Note[]))
  // split narrows by inferred predicates
  const s = notes.split({ email: n => n.channel === 'email', sms: n => n.channel === 'sms' }, { default: 'other' })
  s.email.map(e => e.address)
  s.sms.map(e => e.phone)
  s.other.map(o => o.channel)
  // @ts-expect-error no such route
  s.fax
  // filter narrows
  notes.filter(n => n.channel === 'email').map(n => n.address)
  // @ts-expect-error async predicate
  notes.filter(async n => n.channel === 'email')
  // map
  const up = notes.map(n => n.channel.length); is<Eq<typeof up, Stream<number>>>()
  notes.map(n => ({ ...n, x: 1 })).map(n => n.x)
  notes.map(n => n.channel === 'email' ? 1 : 'a')
  // async map
  // @ts-expect-error map is synchronous
  notes.map(async n => n.channel)
  // work inference
  const w = notes.work('w', async n => ({ n, ok: true })); w.map(x => x.ok); w.failed.map(f => f.item.channel)
  const v = notes.work('v', async n => { console.log(n) }); v.map(x => x.channel)
  const u = notes.work('u', async n => n.channel === 'email' ? n.address : undefined); u.map(x => typeof x === 'string' ? x : x.channel)
  const nn = notes.work('nn', async n => n.channel === 'email' ? n.address : null).filter(x => x !== null); nn.map(x => x.length)
  // combinators, inline lambdas
  notes.work('race', race(async n => n.channel, async n => n.channel)).map(x => x.length)
  notes.work('agree', agree(async n => n.channel, async n => n.channel)).map(x => x.length)
  notes.work('chunks', inChunks(async ns => ns.map(n => n.channel), { size: 10 })).map(x => x.length)
  notes.work('multi', multiWorker(async n => ({ a: n.channel }), async m => m.a.length)).map(x => x.toFixed())
  notes.work('undo', async n => ({ id: n.channel }), { undo: (r, item) => { r.id; item.channel } })
  // reducers
  notes.reduce('c', countBy(n => n.channel)).map(r => r['email']?.toFixed())
  notes.reduce('t', together({ n: count(), s: sum(n => n.channel.length), top: topK(3, n => n.channel.length) })).map(r => r.n + r.s + r.top.length)
  notes.keyBy(n => n.channel).reduce('k', sum(n => n.channel.length)).map(e => e.key + e.value)
  notes.keyBy(n => n.channel).reduce('custom', { create: () => ({ n: 0 }), add: (a, i) => ({ n: a.n + i.channel.length }), merge: (a, b) => ({ n: a.n + b.n }), extract: a => a.n }).map(e => e.value)
  // copy
  const c = notes.copy(['4k', 'gif'], (n, f) => n.work(`to ${f}`, async x => ({ f, x }))); c['4k'].map(x => x.f)
  // schema
  const o = flow.source('o', items([{ a: '1' }]), { schema: z.object({ a: z.coerce.number() }), id: x => x.a }); o.map(x => x.a.toFixed())
  const p = flow.source('o', items([{ a: '1' }]), { id: x => x.a }); p.map(x => x.a.length)
  // joinByKey
  const j = flow.joinByKey('j', { x: o.keyBy(x => x.a), y: p.keyBy(y => y.a.length) }, { within: '1h' }); j.map(r => r.x.a + r.y.a.length + r.key); j.incomplete.map(r => r.x?.a)
  // @ts-expect-error keys of two types
  flow.joinByKey('j2', { x: o.keyBy(x => x.a), y: p.keyBy(y => y.a) }, { within: '1h' })
  // lookup
  const table = p.keyBy(x => x.a).table('by a'); table.map(e => e.key + e.value.a)
  notes.lookup(table, n => n.channel, (n, v) => ({ n, v: v.a })).missing.map(n => n.channel)
  notes.lookup(table, n => n.channel, (n, v) => v?.a, { default: undefined })
  // @ts-expect-error key of another type
  notes.lookup(table, n => n.channel.length, (n, v) => v.a)
  // sinks
  // @ts-expect-error no such column
  o.to(upsertTable('x', 'y', { key: 'zzz' }))
  const sized = topic<{ size: number }>('sized')
  // @ts-expect-error another item
  o.to(sized)
  // @ts-expect-error rollout needs a shard
  notes.work('r', async n => n.channel, { rollout: { from: async n => n.channel } })
  // @ts-expect-error order needs a key
  notes.work('r', async n => n.channel, { ordered: true })
  // @ts-expect-error a barrier takes no stream
  notes.barrier(o)
  // @ts-expect-error durations have units
  notes.work('r', async n => n.channel, { timeout: '5 minutes' })
  notes.work('r', async n => n.channel, { timeout: `${2 * 3}s` })
  // @ts-expect-error name is required
  notes.work(async n => n.channel)
  // @ts-expect-error wrong field
  notes.reduce('x', countBy(n => n.nope))
  // any stays any, unknown stays unknown
  const anyWork = notes.work('any', (n): any => n); is<Eq<ItemOf<typeof anyWork>, any>>()
  const unknownWork = notes.work('unknown', (n): unknown => n); is<Eq<ItemOf<typeof unknownWork>, unknown>>()
  const voidWork = notes.work('void', n => {}); is<Eq<ItemOf<typeof voidWork>, Note>>()
  const boolWork = notes.work('bool', n => n.channel === 'sms'); is<Eq<ItemOf<typeof boolWork>, boolean>>()
  // merge of different types
  flow.merge('m', [o, p]).map(x => x.a)
  // a keyed stream has what needs a key only
  // @ts-expect-error no map
  notes.keyBy(n => n.channel).map(n => n)
  notes.keyBy(n => n.channel).work('ordered', async n => n.channel, { ordered: true, perKey: { concurrency: 1 } })
  // shards are kept through fused operators and workers, and not beyond
  const shard = notes.shard('s', { by: n => n.channel, shards: 2 }).map(n => n.channel).work('first', async n => n)
  shard.work('second', async n => n.length, { rollout: { from: async n => n.length } })
  // @ts-expect-error left the shards
  shard.barrier('b').work('third', async n => n.length, { rollout: { from: async n => n.length } })
  // windows
  // @ts-expect-error a window is reduced, nothing else
  notes.window({ kind: 'tumbling' }).map(n => n)
  // batches
  notes.batch('batch', { count: 10 }).map(many => many[0]?.channel)
  notes.keyBy(n => n.channel).batch('keyed batch', { size: '1MB' }).map(({ key, value }) => [key, value.length])
  // options may be undefined, as values read at run time are
  notes.work('optional', async n => n.channel, { attempts: undefined, timeout: undefined, backoff: { delay: undefined } })
  // context never
  notes.work('reject', (n, context) => { const r = (context as Context & { reject(x: string): never }); if (n.channel === 'email') r.reject('x'); return n.channel })
})

// What a client takes from topics and pipelines.
declare function publish<T, I>(topic: Topic<T, I>, item: NoInfer<I>): void
type Parameterised<P, Options> = [P] extends [void] ? [options?: Options] : {} extends P ? [options?: Options] : [options: Options & { readonly params: P }]
declare function run<P, O extends Outputs>(pipeline: Pipeline<P, O>, ...options: Parameterised<P, { readonly params?: P }>): {
  read<N extends keyof O & string>(output: N): readonly ItemOf<O[N]>[]
}

export function clients(parsing: Schema<{ a: string }, { a: number }>) {
  const t = topic('t', { schema: z.object({ a: z.string().transform(Number), b: z.number().default(1) }), key: x => x.a })
  publish(t, { a: '1' })
  // @ts-expect-error the input is a string
  publish(t, { a: 1 })
  publish(topic('p', { schema: parsing, key: x => x.a.toFixed() }), { a: '1' })

  // @ts-expect-error day is required
  run(accessLog)
  // @ts-expect-error day is a string
  run(accessLog, { params: { day: 3 } })
  run(accessLog, { params: { day: '2026-11-20' } }).read('pages').map(({ key, value }) => [key, value.hits + value.visitors])
  // @ts-expect-error no such output
  run(accessLog, { params: { day: '2026-11-20' } }).read('page')
  run(parking).read('census').map(counts => counts['van/red']?.toFixed())
  run(migration)
  run(migration, { params: { since: '2024-01-01' } })
  run(signUp)
}
