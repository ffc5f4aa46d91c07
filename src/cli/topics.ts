// `topics`: lists them, describes one, adds to one, reads one. Topics of the user come first; those that belong to runs are shown on request.
import { createInterface } from 'node:readline'
import type { Log, TopicInfo } from '../log.ts'
import { BatchworkError } from '../model/errors.ts'
import { decodeItems, endOf } from '../model/items.ts'
import { aName } from '../pipeline/names.ts'
import { isTopic, topic as makeTopic, type Topic } from '../pipeline/topic.ts'
import { keepingSubscription } from '../runtime/names.ts'
import { nearestTo } from '../pipeline/suggestion.ts'
import { parseJson } from '../sources/json-text.ts'
import { plainJson } from '../sinks/plain-json.ts'
import { paintFor } from './colours.ts'
import { print, printJson, type GuestFlags } from './guest-options.ts'
import { countOf, countText } from './quantities.ts'
import { openOrMakeStore, withStore } from './store.ts'
import { numberCell, tableText } from './table.ts'
import { lagsOf } from './topic-lag.ts'
import { placesText } from './waiting-text.ts'
import { oneLine } from './terminal-text.ts'

export async function listTopics(flags: GuestFlags & { readonly all?: boolean | undefined }): Promise<void> {
  const { all, measure } = await withStore(flags, async log => ({ all: await log.topics(), measure: measureOf(log) }))
  const shown = all.filter(({ name }) => flags.all || !name.includes('/'))
  if (flags.json) return shown.forEach(info => printJson(JSON.stringify(info)))
  const hidden = all.length - shown.length
  if (shown.length > 0) print(tableText([{ title: 'topic' }, { title: 'partitions', align: 'right' }, { title: `${measure.noun}s`, align: 'right' }, { title: 'subscriptions', align: 'right' }], shown.map(info => [{ text: oneLine(info.name) }, numberCell(info.partitions), numberCell(sizeOf(info, measure)), numberCell(info.subscriptions.length)]), paintFor(process.stdout)))
  else print('No topics of your own in this store.')
  if (hidden > 0) print(paintFor(process.stdout)('quiet', `${countOf(hidden, 'topic')} of runs; --all lists them too.`))
}

export interface DescribeFlags extends GuestFlags {
  /** Whose pipeline reads a topic of others. */
  readonly file?: string | undefined
  readonly pipeline?: string | undefined
}

export async function describeTopic(name: string, flags: DescribeFlags): Promise<void> {
  if (flags.file !== undefined) return (await import('./foreign-topic-lag.ts')).describeForeignTopic(name, { ...flags, file: flags.file })
  await withStore(flags, async log => {
    const info = await infoOf(log, name)
    const measure = measureOf(log)
    const lags = (await lagsOf(log, info)).filter(({ subscription }) => subscription !== keepingSubscription(name))
    if (flags.json) return printJson(JSON.stringify({ ...info, subscriptions: lags.map(({ isExact, ...lag }) => ({ ...lag, exact: isExact })), kept: info.subscriptions.includes(keepingSubscription(name)) }))
    const paint = paintFor(process.stdout)
    print(`${paint('strong', oneLine(name))} ${paint('quiet', `· ${countOf(info.partitions, 'partition')} · ${countOf(sizeOf(info, measure), measure.noun)}`)}\n`)
    print(tableText([{ title: 'partition' }, ...['begins at', 'ends at'].map(title => ({ title, align: 'right' as const }))], info.extents.map(({ start, end }, partition) => [{ text: String(partition) }, numberCell(start), numberCell(end)]), paint))
    for (const { subscription, waiting, isExact, partitions } of lags) print(`\nread by ${oneLine(subscription)}, ${isExact ? '' : 'about '}${countText(waiting)} waiting${placesText(partitions.map((count, partition) => [`partition ${partition}`, count]))}`)
    if (info.subscriptions.includes(keepingSubscription(name))) print('\nkept also when every reader is done with it')
  })
}

/** Items are JSON values, one a line of standard input. */
export async function produce(name: string, flags: GuestFlags & { readonly file?: string | undefined }): Promise<void> {
  const { Publisher } = await import('../client/publisher.ts')
  const topic = flags.file === undefined ? topicOf(name) : await topicIn(flags.file, name)
  const log = await openOrMakeStore(flags)
  try {
    const { accepted, duplicates } = await new Publisher(log).publishAll(topic, itemsFromInput())
    if (flags.json) return printJson(JSON.stringify({ topic: name, accepted, duplicates }))
    print(`${countOf(accepted, 'item')} added to '${oneLine(name)}'${duplicates > 0 ? `, ${countOf(duplicates, 'duplicate')} dropped` : ''}.`)
  } finally {
    await log.close()
  }
}

/** Refused here, for the place in the code that a PlanError tells of would be ours. */
export function topicOf(name: string): Topic<unknown> {
  const wrong = aName(name, "the topic's name")
  if (wrong !== undefined) throw new BatchworkError('USAGE', wrong)
  return makeTopic<unknown>(name)
}

async function* itemsFromInput(): AsyncGenerator {
  let line = 0
  for await (const text of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    line++
    if (text.trim() === '') continue
    try {
      yield parseJson(text)
    } catch (error) {
      throw new BatchworkError('INPUT', `line ${line} of the input is not JSON that can be taken: ${(error as Error).message}; give one JSON value a line. Lines before it may have been added`)
    }
  }
}

export async function topicIn(file: string, name: string): Promise<Topic<any, any>> {
  const { loadModule } = await import('./load-pipeline.ts')
  const topics = Object.values(await loadModule(file)).filter(isTopic)
  const found = topics.find(topic => topic.name === name)
  if (found) return found
  throw new BatchworkError('NO_TOPIC', `${file} exports no topic '${name}'; it exports ${topics.map(topic => `'${topic.name}'`).join(', ') || 'none'}`)
}

export interface ConsumeFlags extends GuestFlags {
  readonly fromBeginning?: boolean | undefined
  readonly max?: number | undefined
  readonly follow?: boolean | undefined
}

/** Prints items as JSON lines: what comes from now on, until --max or Ctrl-C. */
export async function consume(name: string, flags: ConsumeFlags): Promise<void> {
  await withStore(flags, async log => {
    const info = await infoOf(log, name)
    const cursors = info.extents.map(({ start, end }) => (flags.fromBeginning ? start : end))
    let left = flags.max ?? Infinity
    const awaited = new Bell()
    const unwatch = log.watch(({ topic }) => topic === name && awaited.ring())
    process.once('SIGINT', () => awaited.end()).once('SIGTERM', () => awaited.end())
    process.stdout.on('error', () => awaited.end())
    while (left > 0 && !awaited.isOver) {
      const ring = awaited.next()
      const before = left
      for (let partition = 0; partition < cursors.length && left > 0; partition++) left = await printNew(log, name, partition, cursors, left)
      if (before === left && flags.follow === false) break
      if (before === left) await ring
    }
    unwatch()
  })
}

async function printNew(log: Log, topic: string, partition: number, cursors: number[], left: number): Promise<number> {
  const from = cursors[partition]!
  const chunks = await log.read({ topic, partition }, from, { chunks: 16 })
  for (const chunk of chunks) {
    if (left === 0) return 0
    cursors[partition] = chunk.next
    if (endOf(chunk)) continue
    const values = decodeItems(chunk).values.filter((_, index) => chunk.offset + index >= from).slice(0, left)
    for (const value of values) printJson(plainJson(value))
    left -= values.length
  }
  return left
}

/** Wakes who waits; a ring while nobody waits is not lost. */
class Bell {
  #awaited = Promise.withResolvers<void>()
  isOver = false

  next(): Promise<void> {
    if (!this.isOver) this.#awaited = Promise.withResolvers<void>()
    return this.#awaited.promise
  }

  ring(): void {
    this.#awaited.resolve()
  }

  end(): void {
    this.isOver = true
    this.ring()
  }
}

async function infoOf(log: Log, name: string): Promise<TopicInfo> {
  const topics = await log.topics()
  const found = topics.find(topic => topic.name === name)
  if (found) return found
  const own = topics.map(topic => topic.name).filter(each => !each.includes('/'))
  const nearest = nearestTo(name, own)
  throw new BatchworkError('NO_TOPIC', `there is no topic '${name}' in this store; it has ${own.map(each => `'${each}'`).join(', ') || 'none of your own'}${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`)
}

/** What differences of offsets count: items, or where they leave gaps, chunks at most. */
interface OffsetMeasure {
  readonly noun: 'item' | 'chunk'
  readonly offsets: number
}

function measureOf({ offsetsPerChunk }: Log): OffsetMeasure {
  return offsetsPerChunk === undefined ? { noun: 'item', offsets: 1 } : { noun: 'chunk', offsets: offsetsPerChunk }
}

function sizeOf({ extents }: TopicInfo, { offsets }: OffsetMeasure): number {
  return extents.reduce((sum, { start, end }) => sum + Math.ceil((end - start) / offsets), 0)
}
