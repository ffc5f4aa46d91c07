import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, csv, count, fields, files, items, jsonLines, limit, lines, OptionError, pipeline, PlanError, session, sliding, topic, topK, tumbling, type Flow } from '../../src/index.ts'
import { buildGraph } from '../../src/pipeline/build.ts'
import { hostileTexts, hostileValues, valueOf } from './corpus.ts'

type Make = (value: any) => unknown

/** Builds a pipeline of one source whose stream is given on. */
function building(build: (numbers: any, value: any, flow: Flow) => unknown): Make {
  return value => buildGraph(pipeline('hostile', flow => { build(flow.source('numbers', items([1])), value, flow) }))
}

const work = (options: unknown) => building((numbers, value) => numbers.work('work', () => {}, typeof options === 'function' ? options(value) : { [options as string]: value }))
const stage = (method: string, ...before: readonly unknown[]) => (option: string) => building((numbers, value) => numbers.keyBy(() => 'a')[method]('stage', ...before, { [option]: value }))

/** Every place where a pipeline takes a setting: by its name, what is done with a value there. */
const places: Readonly<Record<string, Make>> = {
  ...Object.fromEntries(['attempts', 'timeout', 'concurrency', 'threads', 'processes', 'memory', 'cpu', 'limit', 'priority', 'undo', 'tolerate', 'hours', 'backoff'].map(option => [option, work(option)])),
  ...Object.fromEntries(['type', 'delay', 'max', 'jitter'].map(option => [`backoff.${option}`, work((value: unknown) => ({ backoff: { [option]: value } }))])),
  'the options argument': work((value: unknown) => value),
  ordered: stage('work', () => {})('ordered'),
  perKey: stage('work', () => {})('perKey'),
  emit: stage('reduce', count())('emit'),
  version: stage('reduce', count())('version'),
  'threads of a reduce': stage('reduce', count())('threads'),
  'memory of a reduce': stage('reduce', count())('memory'),
  'until': building((numbers, value) => numbers.batch('batch', value)),
  'count of a batch': stage('batch')('count'),
  'size of a batch': stage('batch')('size'),
  'within of a batch': stage('batch')('within'),
  by: building((numbers, value) => numbers.shard('shards', { by: value, shards: 2 })),
  shards: building((numbers, value) => numbers.shard('shards', { by: () => 1, shards: value })),
  weight: building((numbers, value) => numbers.shard('shards', { by: () => 1, shards: { a: { weight: value } } })),
  spillAbove: building((numbers, value) => numbers.shard('shards', { by: () => 1, shards: 2, spillAbove: value })),
  worker: building((numbers, value) => numbers.work('work', value)),
  reducer: building((numbers, value) => numbers.reduce('reduce', value)),
  'transform of a map': building((numbers, value) => numbers.map(value)),
  'keep of a filter': building((numbers, value) => numbers.filter(value)),
  'transform of a flatMap': building((numbers, value) => numbers.flatMap(value)),
  'key of a keyBy': building((numbers, value) => numbers.keyBy(value)),
  routes: building((numbers, value) => numbers.split(value)),
  copies: building((numbers, value) => numbers.copy(value, () => {})),
  sink: building((numbers, value) => numbers.to(value)),
  'tolerate of a barrier': building((numbers, value) => numbers.barrier('barrier', { tolerate: value })),
  source: building((_, value, flow) => flow.source('other', value)),
  'schema of a source': building((_, value, flow) => flow.source('other', items([1]), { schema: value })),
  'id of a source': building((_, value, flow) => flow.source('other', items([1]), { id: value })),
  'from of a subscription': building((_, value, flow) => flow.source(topic('topic'), { from: value })),
  streams: building((_, value, flow) => flow.merge('merged', value)),
  window: building((numbers, value) => numbers.window(value).reduce('windows', count())),
  'options of a pipeline': value => pipeline('hostile', value, () => {}),
  build: value => pipeline('hostile', {}, value),
  ...Object.fromEntries(['params', 'schedule', 'tolerate', 'claimCheck', 'work'].map(option => [`${option} of a pipeline`, (value: any) => pipeline('hostile', { [option]: value }, () => {})])),
  'result of a build': value => buildGraph(pipeline('hostile', () => value)),
  'output of a build': value => buildGraph(pipeline('hostile', () => ({ output: value }))),
  ...Object.fromEntries(['schema', 'id', 'key', 'time', 'keepFor'].map(option => [`${option} of a topic`, (value: any) => topic('topic', { [option]: value })])),
  'options of a topic': value => topic('topic', value),
  'options of a limit': value => limit('limit', value),
  perSecond: value => limit('limit', { perSecond: value }),
  length: tumbling,
  step: value => sliding('1h', value),
  gap: session,
  'pattern of csv': csv, 'pattern of lines': lines, 'pattern of jsonLines': jsonLines, 'pattern of files': files,
  'options of files': value => files('*', value),
  'options of fields': value => fields('*', value),
  'separator of fields': value => fields('*', { separator: value, fields: { a: 0 } }),
  'fields of fields': value => fields('*', { separator: ';', fields: value }),
  'values of items': items,
  program: value => command(value),
  argument: value => command('true', value),
  'count of topK': value => topK(value, { by: (item: number) => item } as any),
}

/** Where something is named. */
const namedPlaces: Readonly<Record<string, Make>> = {
  pipeline: name => pipeline(name, () => {}),
  topic, limit: name => limit(name, { concurrency: 1 }),
  stage: building((numbers, name) => numbers.work(name, () => {})),
  source: building((_, name, flow) => flow.source(name, items([1]))),
  barrier: building((numbers, name) => numbers.barrier(name)),
  reduce: building((numbers, name) => numbers.reduce(name, count())),
  copy: building((numbers, name) => numbers.copy([name, 'other'], () => {})),
  route: building((numbers, name) => numbers.split({ [name]: () => true, other: () => false })),
  shard: building((numbers, name) => numbers.shard('shards', { by: () => 1, shards: { [name]: {} } })),
  output: name => buildGraph(pipeline('hostile', flow => ({ [name]: flow.source('numbers', items([1])) as any }))),
}

/** Undefined where the value is taken. */
function refusalOf(make: Make, value: unknown): unknown {
  try {
    make(value)
    return undefined
  } catch (error) {
    return error ?? new Error('undefined was thrown')
  }
}

function assertHelpful(error: unknown, what: string): void {
  assert.ok(error instanceof PlanError || error instanceof OptionError, `${what}: ${String(error)} is no PlanError or OptionError`)
  assert.ok(error.message.length < 8_000, `${what}: the message has ${error.message.length} characters`)
  assert.match(error.message, /must|needs?|give|cannot|missing|expected|takes|may have|write |use /, what)
}

for (const [place, make] of Object.entries(places)) {
  test(`any value for ${place} is taken, or refused with its name and what is expected`, () => {
    const refused = hostileValues.filter(value => {
      const error = refusalOf(make, valueOf(value))
      if (error !== undefined) assertHelpful(error, `${value.name} for ${place}`)
      return error !== undefined
    })
    assert.ok(refused.length > hostileValues.length / 4, `only ${refused.length} were refused`)
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  })
}

for (const [place, make] of Object.entries(namedPlaces)) {
  test(`any name of a ${place} is taken, or refused with what is expected`, () => {
    for (const { name, text } of hostileTexts) {
      const error = refusalOf(make, text)
      if (error !== undefined) assertHelpful(error, `'${name}' as the name of a ${place}`)
      else assert.doesNotMatch(text, /[\p{Cc}\p{Cs}/]/u)
    }
    for (const value of hostileValues) {
      if (['route', 'shard', 'output'].includes(place)) continue // Keys of objects are texts.
      const error = refusalOf(make, valueOf(value))
      if (error !== undefined) assertHelpful(error, `${value.name} as the name of a ${place}`)
      else assert.equal(typeof valueOf(value), 'string')
    }
  })
}
