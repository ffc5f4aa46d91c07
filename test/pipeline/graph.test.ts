import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { SchemaError } from '../../src/model/errors.ts'
import { sharderOf } from '../../src/patterns/sharder.ts'
import { Brand } from '../../src/pipeline/brand.ts'
import { buildGraph, paramsOf } from '../../src/pipeline/build.ts'
import { limit, readLimit } from '../../src/pipeline/limit.ts'
import { pipeline, readPipeline, type PipelineInternals } from '../../src/pipeline/pipeline.ts'
import type { Stream } from '../../src/pipeline/stream.ts'
import { isTopic, readTopic, topic } from '../../src/pipeline/topic.ts'
import { readWindow, session, sliding, tumbling } from '../../src/pipeline/window.ts'
import { count } from '../../src/reducers/count.ts'
import { graphOf, listed, nodesOf, problem, refusal, refusalOf, type Photo } from './building.ts'

const work = () => {}
const path = (photo: Photo) => photo.path

test('nodes come in the order they are made, each after its inputs', () => {
  const graph = graphOf((photos, flow) => {
    const small = photos.filter(photo => photo.bytes < 10).map(path)
    const kept = photos.flatMap(photo => [photo.path]).work('look', work)
    flow.merge('all', [small, kept]).barrier('done', { tolerate: '1%' }).reduce('total', count()).to(topic('totals'))
  })
  assert.deepEqual(graph.nodes.map(node => node.kind), ['source', 'filter', 'map', 'flatMap', 'work', 'merge', 'barrier', 'reduce', 'sink'])
  for (const [index, node] of graph.nodes.entries()) for (const input of node.inputs) assert.ok(graph.nodes.indexOf(input) < index)
})

test('what is given is in the nodes, with defaults where the planner needs them', () => {
  const options = { attempts: 3, timeout: '5s' } as const
  const reducer = count()
  const sink = { name: 'out/photos.json', write: async () => {} }
  const graph = graphOf(photos => {
    photos.work('blur', work, options)
    photos.barrier('done')
    photos.keyBy(path).reduce('count', reducer, { emit: { every: '5s' }, version: 2 })
    photos.to(sink)
    photos.to(sink, { name: 'again' })
  })
  const [blur] = nodesOf(graph, 'work')
  assert.deepEqual(blur!.options, options)
  assert.equal(blur!.worker, work)
  assert.equal(nodesOf(graph, 'barrier')[0]!.tolerate, 0)
  const [reduce] = nodesOf(graph, 'reduce')
  assert.equal(reduce!.inputs[0]!.kind, 'key')
  assert.deepEqual([reduce!.reducer, reduce!.emit, reduce!.version], [reducer, { every: '5s' }, 2])
  assert.deepEqual(nodesOf(graph, 'sink').map(node => node.name), ['out-photos.json', 'again'])
})

test('an option that is undefined is as if it were left out', () => {
  const graph = graphOf(photos => void photos.work('blur', work, { attempts: undefined, timeout: '5s' }))
  assert.deepEqual(Object.keys(nodesOf(graph, 'work')[0]!.options), ['timeout'])
})

test('a table keeps the latest item of each key', () => {
  const graph = graphOf(photos => assert.equal(photos.keyBy(path).table('known').name, 'known'))
  const { reducer } = nodesOf(graph, 'reduce')[0]!
  const meta = (id: string, at: number) => ({ id, key: 'k', time: new Date(at), headers: {}, origin: id })
  const sum = reducer.add(reducer.add(reducer.create(), 'new', meta('2', 20)), 'old', meta('1', 10))
  assert.equal(reducer.extract(sum), 'new')
})

test('a stream used twice is two readers of one node', () => {
  const graph = graphOf(photos => {
    photos.work('one', work)
    photos.work('two', work)
    const copies = photos.copy(['a', 'b'], (copy, name) => copy.work(`copy ${name}`, work))
    assert.deepEqual(Object.keys(copies), ['a', 'b'])
  })
  for (const node of nodesOf(graph, 'work')) assert.equal(node.inputs[0], graph.nodes[0])
})

test('the routes of one split share its splitter, the default among them', () => {
  const big = (photo: Photo) => photo.bytes > 10
  const graph = graphOf(photos => {
    const streams = photos.split({ big, all: () => true }, { default: 'none' })
    assert.deepEqual(Object.keys(streams), ['big', 'all', 'none'])
    streams.none.work('left over', work)
  })
  const routes = nodesOf(graph, 'route')
  assert.deepEqual(routes.map(node => node.route), ['big', 'all', 'none'])
  assert.equal(new Set(routes.map(node => node.splitter)).size, 1)
  assert.equal(routes[0]!.splitter.routes['big'], big)
  assert.equal(routes[0]!.splitter.default, 'none')
})

test('shards by number or by name', () => {
  const graph = graphOf(photos => {
    photos.shard('four', { by: path, shards: 4 })
    photos.shard('named', { by: path, shards: { north: { region: 'eu-north', weight: 2 }, south: { paused: true } }, spillAbove: 'never' })
  })
  const [four, named] = nodesOf(graph, 'shard')
  assert.deepEqual(four!.shards.map(shard => shard.name), ['0', '1', '2', '3'])
  assert.equal(four!.spillAbove, undefined)
  assert.deepEqual(named!.shards, [{ name: 'north', region: 'eu-north', weight: 2, paused: false }, { name: 'south', region: undefined, weight: 1, paused: true }])
  assert.equal(named!.spillAbove, 'never')
})

test('a stream stays in its shards through fused operators and workers, and leaves them at a barrier', () => {
  const graph = graphOf(photos => {
    photos.shard('shards', { by: path, shards: 2 })
      .work('first', photo => photo).map(photo => photo).filter(() => true).flatMap(photo => [photo])
      .work('second', work, { rollout: { from: work, order: ['1'] } })
      .barrier('all').work('third', work)
  })
  const [first, second, third] = nodesOf(graph, 'work')
  const [shard] = nodesOf(graph, 'shard')
  assert.deepEqual([sharderOf(first!), sharderOf(second!), sharderOf(third!)], [shard, shard, undefined])
})

test('.failed is in the graph only when asked for, and once', () => {
  const graph = graphOf(photos => {
    photos.work('unread', work)
    const read = photos.work('read', work)
    assert.equal(read.failed, read.failed)
    read.failed.work('tell', work)
  })
  assert.deepEqual(nodesOf(graph, 'failed').map(node => node.inputs[0]), [nodesOf(graph, 'work')[1]])
  assert.equal(graph.nodes.filter(node => node.kind === 'failed').length, 1)
})

test('printing a stage does not ask for its failures', () => {
  const graph = graphOf(photos => {
    const stage = photos.work('stage', work)
    JSON.stringify(stage)
    assert.deepEqual(Object.keys(stage), [])
  })
  assert.deepEqual(nodesOf(graph, 'failed'), [])
})

test('joins by key, lookups and windows are nodes for later, with what they leave aside', () => {
  const graph = graphOf((photos, flow) => {
    const keyed = photos.keyBy(path)
    const table = keyed.table('known')
    photos.lookup(table, path, (photo, other) => ({ photo, other }), { wait: '1s' }).missing.work('tell', work)
    void flow.joinByKey('pairs', { a: keyed, b: keyed }, { within: '1h' }).incomplete
    void keyed.window(sliding('1h', '5m'), { late: 'update' }).reduce('per hour', count()).late
  })
  assert.deepEqual(nodesOf(graph, 'later').map(({ name, pattern }) => [name, pattern]), [
    ['lookup in known', 'lookup'], ['lookup in known/missing', 'missing'],
    ['pairs', 'joinByKey'], ['pairs/incomplete', 'incomplete'], ['per hour', 'window'], ['per hour/late', 'late'],
  ])
  const [lookup, , join] = nodesOf(graph, 'later')
  assert.deepEqual(lookup!.inputs.map(node => node.kind), ['source', 'reduce'])
  assert.deepEqual(join!.inputs.map(node => node.kind), ['key', 'key'])
})

test('a topic is read and written by its handle', () => {
  const orders = topic<Photo>('orders', { key: path })
  const graph = buildGraph(pipeline('topics', flow => void flow.source(orders, { from: { time: new Date(0) } }).to(orders)))
  const [read] = nodesOf(graph, 'topic')
  assert.deepEqual([read!.name, read!.topic, read!.from], ['orders', orders, { time: new Date(0) }])
  assert.equal(nodesOf(graph, 'sink')[0]!.sink, orders)
})

test('a topic says how to write to it when it is written to as a sink', async () => {
  await assert.rejects(topic('orders').write({} as never), /topic 'orders' cannot be written to directly: use stream\.to\(topic\)/)
})

test('handles are told from other values', () => {
  assert.deepEqual([isTopic(topic('a')), isTopic({ name: 'a', write: work }), isTopic(null)], [true, false, false])
  assert.deepEqual(readTopic(topic('a', { keepFor: '7d' })), { keepFor: '7d' })
  assert.deepEqual(readLimit(limit('a', { perSecond: 0.5 })), { concurrency: undefined, perSecond: 0.5 })
  assert.equal(readLimit({ name: 'a' }), undefined)
  assert.deepEqual([tumbling('1h'), sliding('1h', '5m'), session('90s')].map(readWindow), [
    { lengthMs: 3_600_000, stepMs: 3_600_000 }, { lengthMs: 3_600_000, stepMs: 300_000 }, { gapMs: 90_000 },
  ])
})

test('building is lazy, and can be done again and again', () => {
  let builds = 0
  const lazy = pipeline('lazy', flow => {
    builds++
    return { photos: flow.source('photos', listed<Photo>([])) }
  })
  assert.equal(builds, 0)
  const [first, second] = [buildGraph(lazy), buildGraph(lazy)]
  assert.equal(builds, 2)
  assert.notEqual(first.nodes[0], second.nodes[0])
  assert.deepEqual(first.nodes.map(node => node.at), second.nodes.map(node => node.at))
  assert.equal(first.outputs['photos'], first.nodes[0])
})

test('the parameters go through their schema, defaults included', () => {
  const given: unknown[] = []
  const dated = pipeline('dated', { params: z.object({ since: z.iso.date().default('2020-01-01'), days: z.coerce.number().default(1) }) }, (_flow, params) => void given.push(params))
  buildGraph(dated)
  buildGraph(dated, { days: '7' })
  assert.deepEqual(given, [{ since: '2020-01-01', days: 1 }, { since: '2020-01-01', days: 7 }])
  assert.deepEqual(paramsOf(dated, { days: '2' }), { since: '2020-01-01', days: 2 })
  assert.throws(() => buildGraph(dated, { since: 'yesterday' }), (error: unknown) => error instanceof SchemaError && /the parameters of pipeline 'dated'.*since/.test(error.message))
})

test('what build throws comes out as it is', () => {
  const own = new Error('own')
  assert.throws(() => buildGraph(pipeline('throwing', () => { throw own })), (error: unknown) => error === own)
})

test('a pipeline shows its name and nothing else', () => {
  const options = { schedule: '@daily', tolerate: 0 } as const
  const made = pipeline('shown', options, () => {})
  assert.deepEqual(Object.keys(made), ['name'])
  const { name, options: read } = readPipeline(made)!
  assert.deepEqual([name, read], ['shown', options])
})

test('a pipeline of another copy of the package is one; other values are not', () => {
  const internals = readPipeline(pipeline('mine', () => {}))!
  const foreign = new Brand<PipelineInternals>('pipeline').mark({ name: 'theirs' }, internals)
  assert.equal(readPipeline(foreign), internals)
  for (const value of [undefined, null, 7, 'pipeline', {}, { name: 'x' }, () => {}, Symbol.for('batchwork.pipeline')]) assert.equal(readPipeline(value), undefined)
  assert.match(problem(refusalOf(() => buildGraph({ name: 'x' }))), /but must be a pipeline, made by pipeline\('name', flow => \.\.\.\)/)
})

test('streams of another pipeline, or of an earlier build, are refused', () => {
  let kept: Stream<Photo> | undefined
  buildGraph(pipeline('other', flow => { kept = flow.source('photos', listed<Photo>([])) }))
  const message = "merger 'all': stream 1 of 1 is a stream of pipeline 'other'; a build can use its own streams only: to share items between pipelines, write them to a topic and read that"
  assert.equal(problem(refusal((_photos, flow) => flow.merge('all', [kept]))), message)
  const again = pipeline('other', flow => void flow.merge('all', [kept!]))
  assert.match(problem(refusalOf(() => buildGraph(again))), /stream 1 of 1 is a stream of an earlier build of this pipeline/)
})

test('a lookup in the table of another pipeline is refused', () => {
  let table: unknown
  buildGraph(pipeline('other', flow => { table = flow.source('photos', listed<Photo>([])).keyBy(path).table('known') }))
  assert.match(problem(refusal(photos => photos.lookup(table, path, work))), /^lookup\(\) after 'photos': its first argument is a stream of pipeline 'other'/)
})

test('a stream used after its build is refused', () => {
  let kept: any
  buildGraph(pipeline('done', flow => { kept = flow.source('photos', listed<Photo>([])).work('look', work) }))
  const message = "pipeline 'done' was built already: its streams can be used in its build function only, before that returns"
  assert.equal(problem(refusalOf(() => kept.map(path))), message)
  assert.equal(problem(refusalOf(() => kept.failed)), message)
})

test('a build that returns something else than streams is refused', () => {
  const returning = (returned: unknown) => problem(refusalOf(() => buildGraph(pipeline('p', () => returned as never))))
  assert.equal(returning(7), "pipeline 'p': what its build function returns is 7, but must be nothing, or an object of streams")
  assert.equal(returning({ total: 7 }), "pipeline 'p': output 'total' is 7, but must be a stream of this pipeline")
  assert.match(returning({ 'a/b': 7 }), /^pipeline 'p': the name of an output is 'a\/b'/)
  assert.match(returning(Promise.reject(new Error('later'))), /^pipeline 'p': its build function is asynchronous, but must be synchronous/)
})
