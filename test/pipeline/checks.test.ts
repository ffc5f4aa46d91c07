// Every refusal of a pipeline file, with its message. The types refuse most of these too: here they come from JavaScript.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { limit } from '../../src/pipeline/limit.ts'
import { pipeline } from '../../src/pipeline/pipeline.ts'
import { topic } from '../../src/pipeline/topic.ts'
import { session, sliding, tumbling } from '../../src/pipeline/window.ts'
import { count } from '../../src/reducers/count.ts'
import { listed, problem, refusal, refusalOf } from './building.ts'

const work = () => {}
const path = (photo: { readonly path: string }) => photo.path
const sink = { name: 'out', write: async () => {} }
const nameRule = "must be a text of 1 to 200 characters without '/' and control characters"
const durations = "must be a duration such as '500ms', '30s', '5m', '2h' or '7d'"
const plainOptions = 'attempts, backoff, timeout, concurrency, threads, processes, memory, cpu, limit, priority, undo, tolerate, hours'

type Build = (photos: any, flow: any) => void
type Cases = Readonly<Record<string, Build>>

function refuses(title: string, cases: Cases): void {
  suite(title, () => {
    for (const [message, build] of Object.entries(cases)) test(message, () => assert.equal(problem(refusal(build)), message))
  })
}

function refusesCalls(title: string, cases: Readonly<Record<string, () => unknown>>): void {
  suite(title, () => {
    for (const [message, call] of Object.entries(cases)) {
      test(message, () => {
        const error = refusalOf(call)
        assert.equal(problem(error), message)
        assert.match(error.at, /^test\/pipeline\/checks\.test\.ts:\d+:\d+$/)
      })
    }
  })
}

test('a refusal knows its stage and its place', () => {
  const error = refusal(photos => photos.work('blur', work, { attempts: 0 }))
  assert.equal(error.code, 'PLAN')
  assert.equal(error.stage, 'blur')
  assert.match(error.at, /^test\/pipeline\/checks\.test\.ts:\d+:\d+$/)
  assert.ok(error.message.endsWith(`  at ${error.at}`))
})

test('the refusal of a nameless operator knows the nearest stage before it', () => {
  const error = refusal(photos => photos.work('blur', work).filter(path).map())
  assert.equal(error.stage, 'blur')
})

refuses('names', {
  [`stage: the name is '', but ${nameRule}`]: photos => photos.work('', work),
  [`stage: the name is undefined, but ${nameRule}`]: photos => photos.work(undefined, work),
  [`stage: the name is 7, but ${nameRule}`]: photos => photos.work(7, work),
  [`stage: the name is a function, but ${nameRule}`]: photos => photos.work(work),
  [`stage ' ': the name is ' ', but ${nameRule}`]: photos => photos.work(' ', work),
  [`stage 'a/b': the name is 'a/b', but ${nameRule}`]: photos => photos.work('a/b', work),
  [`stage 'a\tb': the name is 'a\tb', but ${nameRule}`]: photos => photos.work('a\tb', work),
  [`stage 'a\u0000': the name is 'a\u0000', but ${nameRule}`]: photos => photos.work('a\u0000', work),
  [`stage '\ud800': the name is '\ud800', but ${nameRule}`]: photos => photos.work('\ud800', work),
  [`source '/': the name is '/', but ${nameRule}`]: (_photos, flow) => flow.source('/', listed([])),
  [`merger '/': the name is '/', but ${nameRule}`]: (photos, flow) => flow.merge('/', [photos]),
  [`sharder '/': the name is '/', but ${nameRule}`]: photos => photos.shard('/', { by: path, shards: 2 }),
  [`barrier '/': the name is '/', but ${nameRule}`]: photos => photos.barrier('/'),
  [`reduce '/': the name is '/', but ${nameRule}`]: photos => photos.reduce('/', count()),
  [`batch '/': the name is '/', but ${nameRule}`]: photos => photos.batch('/', { count: 2 }),
  [`to() after 'photos': name is '/', but ${nameRule}`]: photos => photos.to(sink, { name: '/' }),
})

test('a name of 200 characters is long enough', () => {
  assert.match(problem(refusal(photos => photos.work('x'.repeat(201), work))), /the name is 'x{79}…, but must be a text of 1 to 200 characters/)
})

refuses('operators', {
  "map() after 'photos': its argument is undefined, but must be a function of (item, meta) that gives the new item": photos => photos.map(),
  "flatMap() after 'photos': its argument is {}, but must be a function of (item, meta) that gives an iterable of new items": photos => photos.flatMap({}),
  "filter() after 'photos': its argument is true, but must be a function of (item, meta) that says whether to keep the item": photos => photos.filter(true),
  "keyBy() after 'photos': its argument is 'path', but must be a function of (item, meta) that gives a string or a number": photos => photos.keyBy('path'),
  "split() after 'photos': its argument is undefined, but must be an object with a test for each route": photos => photos.split(),
  "split() after 'photos': has no routes; give at least one: split({ name: item => ... })": photos => photos.split({}),
  "split() after 'photos': route 'big' is true, but must be a function of an item that says whether it takes the item": photos => photos.split({ big: true }),
  "split() after 'photos': the default route is called 'big' like a route; give it another name": photos => photos.split({ big: path }, { default: 'big' }),
  "split() after 'photos': unknown option 'defualt': expected one of default; did you mean 'default'?": photos => photos.split({ big: path }, { defualt: 'x' }),
  [`split() after 'photos': the name of a route is 'a/b', but ${nameRule}`]: photos => photos.split({ 'a/b': path }),
  "copy() after 'photos': names is [], but must be a list of at least one name": photos => photos.copy([], work),
  "copy() after 'photos': names has 'a' twice; give each its own name": photos => photos.copy(['a', 'b', 'a'], work),
  [`copy() after 'photos': one of names is undefined, but ${nameRule}`]: photos => photos.copy(['a', undefined], work),
  "copy() after 'photos': its second argument is undefined, but must be a function of (copy, name) that goes on with a copy": photos => photos.copy(['a']),
})

refuses('workers', {
  "stage 'blur': the worker is undefined, but must be a function of (item, context)": photos => photos.work('blur'),
  [`stage 'blur': unknown option 'concurency': expected one of ${plainOptions}; did you mean 'concurrency'?`]: photos => photos.work('blur', work, { concurency: 2 }),
  [`stage 'blur': unknown option 'zebra': expected one of ${plainOptions}`]: photos => photos.work('blur', work, { zebra: 2 }),
  [`stage 'blur': unknown option 'toString': expected one of ${plainOptions}`]: photos => photos.work('blur', work, { toString: 2 }),
  "stage 'blur': the options argument is null, but must be an object": photos => photos.work('blur', work, null),
  "stage 'blur': the options argument is [], but must be an object": photos => photos.work('blur', work, []),
  "stage 'blur': attempts is 0, but must be a whole number from 1": photos => photos.work('blur', work, { attempts: 0 }),
  "stage 'blur': attempts is null, but must be a whole number from 1": photos => photos.work('blur', work, { attempts: null }),
  "stage 'blur': concurrency is 1.5, but must be a whole number from 1, or 'auto'": photos => photos.work('blur', work, { concurrency: 1.5 }),
  "stage 'blur': concurrency is NaN, but must be a whole number from 1, or 'auto'": photos => photos.work('blur', work, { concurrency: NaN }),
  "stage 'blur': concurrency is '2', but must be a whole number from 1, or 'auto'": photos => photos.work('blur', work, { concurrency: '2' }),
  "stage 'blur': threads is -1, but must be a whole number from 1, or 'auto'": photos => photos.work('blur', work, { threads: -1 }),
  "stage 'blur': processes is Infinity, but must be a whole number from 1, or 'auto'": photos => photos.work('blur', work, { processes: Infinity }),
  [`stage 'blur': timeout is '5 minutes', but ${durations}`]: photos => photos.work('blur', work, { timeout: '5 minutes' }),
  [`stage 'blur': timeout is 5, but ${durations}`]: photos => photos.work('blur', work, { timeout: 5 }),
  [`stage 'blur': timeout is ["5s"], but ${durations}`]: photos => photos.work('blur', work, { timeout: ['5s'] }),
  "stage 'blur': timeout is '0s', but must be a duration above 0, such as '30s'": photos => photos.work('blur', work, { timeout: '0s' }),
  "stage 'blur': memory is '4G', but must be a size such as '512B', '64KB', '100MB' or '4GB'": photos => photos.work('blur', work, { memory: '4G' }),
  "stage 'blur': memory is '0B', but must be a size of at least '1B'": photos => photos.work('blur', work, { memory: '0B' }),
  "stage 'blur': cpu is 0, but must be a number above 0": photos => photos.work('blur', work, { cpu: 0 }),
  "stage 'blur': limit is 'mail', but must be a limit made by limit('name', { concurrency, perSecond }), or a list of them": photos => photos.work('blur', work, { limit: 'mail' }),
  "stage 'blur': limit is [], but must be a limit made by limit('name', { concurrency, perSecond }), or a list of them": photos => photos.work('blur', work, { limit: [] }),
  "stage 'blur': priority is 'high', but must be a function": photos => photos.work('blur', work, { priority: 'high' }),
  "stage 'blur': undo is true, but must be a function": photos => photos.work('blur', work, { undo: true }),
  "stage 'blur': tolerate is -1, but must be a count from 0, or a share such as '2%'": photos => photos.work('blur', work, { tolerate: -1 }),
  "stage 'blur': tolerate is NaN, but must be a count from 0, or a share such as '2%'": photos => photos.work('blur', work, { tolerate: NaN }),
  "stage 'blur': tolerate is '2', but must be a share such as '0.1%' or '50%'": photos => photos.work('blur', work, { tolerate: '2' }),
  "stage 'blur': tolerate is true, but must be a share such as '0.1%' or '50%'": photos => photos.work('blur', work, { tolerate: true }),
  "stage 'blur': hours is '', but must be a text that is not empty": photos => photos.work('blur', work, { hours: '' }),
  "stage 'blur': backoff is '5s', but must be an object": photos => photos.work('blur', work, { backoff: '5s' }),
  "stage 'blur': backoff.type is 'linear', but must be 'exponential' or 'fixed'": photos => photos.work('blur', work, { backoff: { type: 'linear' } }),
  [`stage 'blur': backoff.delay is '5', but ${durations}`]: photos => photos.work('blur', work, { backoff: { delay: '5' } }),
  [`stage 'blur': backoff.max is 5, but ${durations}`]: photos => photos.work('blur', work, { backoff: { max: 5 } }),
  "stage 'blur': backoff.jitter is 1, but must be true or false": photos => photos.work('blur', work, { backoff: { jitter: 1 } }),
  "stage 'blur': backoff.delay is '2m', but must not be above backoff.max, '30s'": photos => photos.work('blur', work, { backoff: { delay: '2m', max: '30s' } }),
  "stage 'blur': unknown option 'backoff.dealy': expected one of type, delay, max, jitter; did you mean 'delay'?": photos => photos.work('blur', work, { backoff: { dealy: '1s' } }),
  "stage 'blur': 'ordered' needs a key: write keyBy(...).work(...)": photos => photos.work('blur', work, { ordered: true }),
  "stage 'blur': 'perKey' needs a key: write keyBy(...).work(...)": photos => photos.work('blur', work, { perKey: {} }),
  "stage 'blur': 'rollout' needs shards: write shard(...).work(...)": photos => photos.keyBy(path).work('blur', work, { rollout: { from: work } }),
  "stage 'blur': ordered is 1, but must be true or false": photos => photos.keyBy(path).work('blur', work, { ordered: 1 }),
  "stage 'blur': perKey.concurrency is 0, but must be a whole number from 1": photos => photos.keyBy(path).work('blur', work, { perKey: { concurrency: 0 } }),
  "stage 'blur': perKey.perSecond is 0, but must be a number above 0": photos => photos.keyBy(path).work('blur', work, { perKey: { perSecond: 0 } }),
})

const sharded = (photos: any, shards: unknown = { north: {}, south: {} }) => photos.shard('shards', { by: path, shards })
const shardCounts = 'must be a whole number from 1 to 1000, or an object of shards by name'

refuses('sharders', {
  "sharder 'shards': 'by' is missing: the function of an item that says what keeps items together, such as { by: photo => photo.path }": photos => photos.shard('shards'),
  "sharder 'shards': 'shards' is missing: a whole number from 1 to 1000, or an object of shards by name": photos => photos.shard('shards', { by: path }),
  "sharder 'shards': by is 'path', but must be a function": photos => photos.shard('shards', { by: 'path', shards: 2 }),
  [`sharder 'shards': shards is 0, but ${shardCounts}`]: photos => sharded(photos, 0),
  [`sharder 'shards': shards is 1001, but ${shardCounts}`]: photos => sharded(photos, 1001),
  [`sharder 'shards': shards is ["a"], but ${shardCounts}`]: photos => sharded(photos, ['a']),
  "sharder 'shards': shards has 0 shards, but must have 1 to 1000": photos => sharded(photos, {}),
  [`sharder 'shards': the name of a shard is 'a/b', but ${nameRule}`]: photos => sharded(photos, { 'a/b': {} }),
  "sharder 'shards': shards.north is true, but must be an object": photos => sharded(photos, { north: true }),
  "sharder 'shards': shards.north.weight is 0, but must be a number above 0": photos => sharded(photos, { north: { weight: 0 } }),
  "sharder 'shards': shards.north.paused is 'no', but must be true or false": photos => sharded(photos, { north: { paused: 'no' } }),
  "sharder 'shards': shards.north.region is 4, but must be a text that is not empty": photos => sharded(photos, { north: { region: 4 } }),
  "sharder 'shards': unknown option 'shards.north.wieght': expected one of region, weight, paused; did you mean 'weight'?": photos => sharded(photos, { north: { wieght: 1 } }),
  "sharder 'shards': spillAbove is 50, but must be a share such as '50%', or 'never'": photos => photos.shard('shards', { by: path, shards: 2, spillAbove: 50 }),
  "sharder 'shards': spillAbove is '101%', but must be a share such as '50%', or 'never'": photos => photos.shard('shards', { by: path, shards: 2, spillAbove: '101%' }),
  "stage 'blur': rollout.from is missing": photos => sharded(photos).work('blur', work, { rollout: {} }),
  "stage 'blur': rollout.from is 'old', but must be a function": photos => sharded(photos).work('blur', work, { rollout: { from: 'old' } }),
  "stage 'blur': rollout.order names the shard 'west', but sharder 'shards' has 'north', 'south'": photos => sharded(photos).work('blur', work, { rollout: { from: work, order: ['west'] } }),
  "stage 'blur': rollout.order has 'north' twice; give each its own name": photos => sharded(photos).work('blur', work, { rollout: { from: work, order: ['north', 'north'] } }),
  "stage 'blur': rollout.rollBackAbove is '2', but must be a share such as '0.1%' or '50%'": photos => sharded(photos).work('blur', work, { rollout: { from: work, rollBackAbove: '2' } }),
  [`stage 'blur': rollout.soak is '30', but ${durations}`]: photos => sharded(photos).work('blur', work, { rollout: { from: work, soak: '30' } }),
  "stage 'blur': 'rollout' needs shards: write shard(...).work(...)": photos => sharded(photos).barrier('all').work('blur', work, { rollout: { from: work } }),
})

const noSource = "its second argument is no source: it has no function 'splits', 'read'; use files(), lines(), items() or your own { splits, read }"
const noSink = "its argument is no sink: it needs a function 'write', as jsonLinesFile(path), a topic or your own { name, write } have"

refuses('sources and sinks', {
  [`source 'a': ${noSource}`]: (_photos, flow) => flow.source('a'),
  [`source 'b': ${noSource}`]: (_photos, flow) => flow.source('b', []),
  "source 'a': its second argument is no source: it has no function 'read'; use files(), lines(), items() or your own { splits, read }": (_photos, flow) => flow.source('a', { splits: () => [] }),
  "source 'a': a topic has its own name: write flow.source(topic)": (_photos, flow) => flow.source('a', topic('orders')),
  "source 'a': schema is {}, but must be a schema that follows Standard Schema (zod, valibot, arktype): an object with '~standard'.validate": (_photos, flow) => flow.source('a', listed([]), { schema: {} }),
  "source 'a': id is 'id', but must be a function": (_photos, flow) => flow.source('a', listed([]), { id: 'id' }),
  "source 'a': time is 'at', but must be a function": (_photos, flow) => flow.source('a', listed([]), { time: 'at' }),
  "source 'a': unknown option 'from': expected one of schema, id, time": (_photos, flow) => flow.source('a', listed([]), { from: 'now' }),
  "topic 'orders': from is 'end', but must be 'beginning', 'now', { time: Date } or { offset: number }": (_photos, flow) => flow.source(topic('orders'), { from: 'end' }),
  "topic 'orders': from.offset is -1, but must be a whole number from 0": (_photos, flow) => flow.source(topic('orders'), { from: { offset: -1 } }),
  "topic 'orders': from.time is '2020', but must be a valid Date": (_photos, flow) => flow.source(topic('orders'), { from: { time: '2020' } }),
  "topic 'orders': from must have either 'time' or 'offset'": (_photos, flow) => flow.source(topic('orders'), { from: {} }),
  "topic 'orders': unknown option 'schema': expected one of from": (_photos, flow) => flow.source(topic('orders'), { schema: {} }),
  [`to() after 'photos': ${noSink}`]: photos => photos.to(),
  [`to() after 'blur': ${noSink}`]: photos => photos.work('blur', work).to({ name: 'x' }),
  "to() after 'photos': unknown option 'nane': expected one of name; did you mean 'name'?": photos => photos.to(sink, { nane: 'x' }),
  [`sink: the name of the sink (say to(sink, { name: '...' }) for another) is undefined, but ${nameRule}`]: photos => photos.to({ write: work }),
})

const noReducer = "the reducer has no function 'create', 'add', 'merge', 'extract': it needs create, add, merge and extract"

refuses('barriers, reduces and mergers', {
  "barrier 'all': tolerate is '5', but must be a share such as '0.1%' or '50%'": photos => photos.barrier('all', { tolerate: '5' }),
  "barrier 'all': unknown option 'tolerance': expected one of tolerate; did you mean 'tolerate'?": photos => photos.barrier('all', { tolerance: 1 }),
  "barrier 'all': unknown option 'map': expected one of tolerate": photos => photos.barrier('all', { map: 1 }),
  [`reduce 'total': ${noReducer}`]: photos => photos.reduce('total'),
  [`reduce 'total': ${noReducer}; if it makes a reducer, call it: count()`]: photos => photos.reduce('total', count),
  "reduce 'total': the reducer has no function 'merge': it needs create, add, merge and extract": photos => photos.reduce('total', { ...count(), merge: undefined }),
  "reduce 'total': emit is 'now', but must be 'at-end', 'each-change' or { every: '5s' }": photos => photos.reduce('total', count(), { emit: 'now' }),
  "reduce 'total': emit.every is missing": photos => photos.reduce('total', count(), { emit: {} }),
  "reduce 'total': emit.every is '0s', but must be a duration above 0, such as '30s'": photos => photos.reduce('total', count(), { emit: { every: '0s' } }),
  "reduce 'total': version is 0, but must be a whole number from 1": photos => photos.keyBy(path).reduce('total', count(), { version: 0 }),
  "reduce 'known': unknown option 'verison': expected one of emit, version, threads, memory; did you mean 'version'?": photos => photos.keyBy(path).table('known', { verison: 2 }),
  "merger 'all': its second argument is undefined, but must be a list of streams": (_photos, flow) => flow.merge('all'),
  "merger 'all': has no streams; give at least one": (_photos, flow) => flow.merge('all', []),
  "merger 'all': stream 2 of 2 is {}, but must be a stream of this pipeline": (photos, flow) => flow.merge('all', [photos, {}]),
  "merger 'all': stream 1 of 1 is a keyed stream, but must be a stream; leave out its keyBy(...)": (photos, flow) => flow.merge('all', [photos.keyBy(path)]),
  "merger 'all': priority is 'high', but must be a function": (photos, flow) => flow.merge('all', [photos], { priority: 'high' }),
})

refuses('batches, joins by key, lookups and windows', {
  "batch 'many': would gather for ever: give at least one of 'count', 'size' and 'within'": photos => photos.batch('many', {}),
  "batch 'none': would gather for ever: give at least one of 'count', 'size' and 'within'": photos => photos.batch('none'),
  "batch 'many': count is 0, but must be a whole number from 1": photos => photos.keyBy(path).batch('many', { count: 0 }),
  "join by key 'j': its second argument is [], but must be an object of keyed streams": (_photos, flow) => flow.joinByKey('j', []),
  "join by key 'j': stream 'a' has no key; write keyBy(...) on it first": (photos, flow) => flow.joinByKey('j', { a: photos }, { within: '1h' }),
  "join by key 'j': stream 'a' is undefined, but must be a keyed stream of this pipeline, made by keyBy(...)": (_photos, flow) => flow.joinByKey('j', { a: undefined }, { within: '1h' }),
  "join by key 'j': joins fewer than two streams; give an object of at least two keyed streams": (photos, flow) => flow.joinByKey('j', { a: photos.keyBy(path) }, { within: '1h' }),
  "join by key 'j': 'within' is missing: how long the parts of one key wait for each other, such as { within: '6h' }": (photos, flow) => flow.joinByKey('j', { a: photos.keyBy(path), b: photos.keyBy(path) }),
  "lookup() after 'photos': its first argument is no table: make one by keyBy(...).table(name) or keyBy(...).reduce(name, reducer)": photos => photos.lookup(photos, path, work),
  "lookup() after 'photos': its second argument is undefined, but must be a function of an item that gives the key to look up": photos => photos.lookup(photos.keyBy(path).table('known')),
  "lookup() after 'photos': its third argument is undefined, but must be a function of (item, value) that gives the new item": photos => photos.lookup(photos.keyBy(path).table('known'), path),
  [`lookup() after 'photos': wait is 5, but ${durations}`]: photos => photos.lookup(photos.keyBy(path).table('known'), path, work, { wait: 5 }),
  "window() after 'photos': its argument is {\"kind\":\"tumbling\"}, but must be made by tumbling(), sliding() or session()": photos => photos.window({ kind: 'tumbling' }),
  "window() after 'photos': late is 'keep', but must be 'fail' or 'drop' or 'update'": photos => photos.keyBy(path).window(tumbling('1h'), { late: 'keep' }),
  [`reduce 'per hour': ${noReducer}`]: photos => photos.window(tumbling('1h')).reduce('per hour'),
})

const any = (value: unknown) => value as any

refusesCalls('handles', {
  [`topic: the name is '', but ${nameRule}`]: () => topic(''),
  "topic 't': keepFor is 'forever', but must be a duration such as '7d', or 'always'": () => topic('t', any({ keepFor: 'forever' })),
  "topic 't': key is 'id', but must be a function": () => topic('t', any({ key: 'id' })),
  "topic 't': unknown option 'keys': expected one of schema, id, key, time, keepFor; did you mean 'key'?": () => topic('t', any({ keys: 1 })),
  [`limit: the name is {}, but ${nameRule}`]: () => limit(any({}), { concurrency: 1 }),
  "limit 'l': limits nothing: give 'concurrency', 'perSecond' or both": () => limit('l', {}),
  "limit 'm': limits nothing: give 'concurrency', 'perSecond' or both": () => any(limit)('m'),
  "limit 'l': concurrency is 0, but must be a whole number from 1": () => limit('l', { concurrency: 0 }),
  "limit 'l': perSecond is -1, but must be a number above 0": () => limit('l', { perSecond: -1 }),
  [`tumbling(): length is '1 hour', but ${durations}`]: () => tumbling(any('1 hour')),
  "sliding(): step is '2h', but must not be longer than the length, '1h', or items between windows would be in none": () => sliding('1h', '2h'),
  "session(): gap is '0s', but must be a duration above 0, such as '30s'": () => session('0s'),
})

const build = () => {}
const cron = "must be a cron expression of five fields such as '0 2 * * *', or '@hourly', '@daily', '@weekly', '@monthly' or '@yearly'"

refusesCalls('pipelines', {
  [`pipeline: the name is '', but ${nameRule}`]: () => pipeline('', build),
  [`pipeline 'a/b': the name is 'a/b', but ${nameRule}`]: () => pipeline('a/b', build),
  "pipeline 'p': its last argument is undefined, but must be a function of flow that builds it": () => any(pipeline)('p'),
  "pipeline 'q': its last argument is 'x', but must be a function of flow that builds it": () => any(pipeline)('q', {}, 'x'),
  "pipeline 'p': the options argument is 7, but must be an object": () => any(pipeline)('p', 7, build),
  "pipeline 'p': unknown option 'shedule': expected one of params, schedule, tolerate, claimCheck, work; did you mean 'schedule'?": () => any(pipeline)('p', { shedule: '' }, build),
  "pipeline 'p': params is {}, but must be a schema that follows Standard Schema (zod, valibot, arktype): an object with '~standard'.validate": () => pipeline('p', any({ params: {} }), build),
  [`pipeline 'p': schedule is 'daily', but ${cron}`]: () => pipeline('p', { schedule: 'daily' }, build),
  [`pipeline 'p': schedule.cron is '0 2 * *', but ${cron}`]: () => pipeline('p', { schedule: { cron: '0 2 * *' } }, build),
  "pipeline 'p': schedule.cron is missing": () => pipeline('p', any({ schedule: {} }), build),
  "pipeline 'p': schedule.timeZone is 'Europe/Atlantis', but must be a time zone such as 'Europe/Berlin'": () => pipeline('p', { schedule: { cron: '@daily', timeZone: 'Europe/Atlantis' } }, build),
  "pipeline 'p': schedule.overlap is 'kill', but must be 'skip' or 'queue'": () => pipeline('p', any({ schedule: { cron: '@daily', overlap: 'kill' } }), build),
  "pipeline 'p': tolerate is '1', but must be a share such as '0.1%' or '50%'": () => pipeline('p', any({ tolerate: '1' }), build),
  "pipeline 'p': claimCheck is true, but must be false, or { over: '256KB', store: folder('payloads') }": () => pipeline('p', any({ claimCheck: true }), build),
  "pipeline 'p': claimCheck.store is missing": () => pipeline('p', any({ claimCheck: { over: '1MB' } }), build),
  "pipeline 'p': claimCheck.store is 'payloads', but must be a payload store, such as folder('payloads')": () => pipeline('p', any({ claimCheck: { store: 'payloads' } }), build),
  "pipeline 'p': unknown option 'work.threads': expected one of attempts, backoff, timeout, concurrency": () => pipeline('p', any({ work: { threads: 2 } }), build),
  "pipeline 'p': work.backoff.delay is '1h', but must not be above backoff.max, '1m'": () => pipeline('p', { work: { backoff: { delay: '1h', max: '1m' } } }, build),
})
