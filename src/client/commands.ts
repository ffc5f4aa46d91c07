// Commands from outside a run: told to the process that owns the store, or carried out here where none does.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Log, StateChange } from '../log.ts'
import { BatchworkError, FencedError, LogError } from '../model/errors.ts'
import { commandsTopicSpec, messagesFrom, say, type Command } from '../runtime/commands.ts'
import { isComplete, pausedStore, rolloutAgain, runChange, runsOf, type RunRecord } from '../runtime/control.ts'
import type { Counters } from '../runtime/counts.ts'
import type { RunNames } from '../runtime/names.ts'
import { ownerOf } from '../runtime/ownership.ts'
import { countersStore, redrivenKey } from '../runtime/run-state.ts'
import { redriveOf, type Selection } from '../runtime/redrive.ts'
import { leadTopic } from '../runtime/slices.ts'
import { realClock } from './real-clock.ts'

const answerWithinMs = 30_000
const askAgainMs = 20

/** `stage` may be 'pipeline/stage'. Resolves to the number of items sent back. */
export async function redriveIn(log: Log, stage: string, selection: Selection, clock: Clock = realClock): Promise<number> {
  const place = await locate(log, stage)
  return asOwner(log, place, epoch => redriveHere(log, epoch, place, selection, clock.now()), { ...address(place), kind: 'redrive', selection }, clock)
}

export async function pauseIn(log: Log, stage: string, shard: string | undefined, isPaused: boolean, clock: Clock = realClock): Promise<void> {
  const place = await locate(log, stage)
  const key = shard === undefined ? place.stage : `${place.stage}/${shard}`
  const paused: StateChange = { store: pausedStore(place.pipeline), key, value: String(isPaused) }
  await asOwner(log, place, async epoch => {
    const state = [paused, ...(isPaused ? [] : await rolloutAgain(log, place.pipeline, place.stage))]
    await log.commit({ epoch, appends: [], progress: [], state })
    return 1
  }, { ...address(place), kind: isPaused ? 'pause' : 'resume', shard }, clock)
}

interface Place {
  readonly pipeline: string
  readonly stage: string
  readonly scope: string
  readonly lanes: number
  /** Where several processes may share the run: whoever owns it speaks for the run, and none that begins meanwhile. */
  readonly leads: readonly string[]
}

function address({ pipeline, stage }: Place) {
  return { id: randomUUID(), pipeline, stage }
}

/** Does it here if the run has no owner, else asks the owner. */
async function asOwner(log: Log, { scope, leads }: Place, here: (epoch: number) => Promise<number>, command: Command, clock: Clock): Promise<number> {
  if (((await log.membersOf?.(scope)) ?? 0) > 0) return ask(log, command, clock)
  try {
    const { membership, epoch, partitions } = await ownerOf(log, scope, leads)
    try {
      if (partitions.length === leads.length) return await here(epoch)
    } finally {
      await membership.leave()
    }
  } catch (error) {
    if (!(error instanceof FencedError || (error instanceof LogError && error.code === 'LOCKED'))) throw error
  }
  return ask(log, command, clock)
}

async function ask(log: Log, command: Command, clock: Clock): Promise<number> {
  await log.createTopics([commandsTopicSpec])
  let cursor = await say(log, command)
  const until = clock.monotonic() + answerWithinMs
  while (clock.monotonic() < until) {
    const { messages, next } = await messagesFrom(log, cursor)
    cursor = next
    for (const message of messages) if (message.kind === 'answer' && message.to === command.id) return message.value
    await new Promise<void>(resolve => clock.after(askAgainMs, resolve))
  }
  throw new BatchworkError('NO_ANSWER', `the process that owns the store did not answer within ${answerWithinMs / 1_000} s; does it run pipeline '${command.pipeline}'?`)
}

/** The newest run that has the stage. */
async function locate(log: Log, given: string): Promise<Place> {
  const found: (Omit<Place, 'leads'> & { readonly run: number })[] = []
  const topics = await log.topics()
  for (const { name, partitions } of topics) {
    const match = /^(.+?)(?:\/(\d+))?\/([^/]+)\/dead-letters$/.exec(name)
    if (!match) continue
    const [, pipeline = '', run, stage = ''] = match
    if (stage === given || `${pipeline}/${stage}` === given) found.push({ pipeline, stage, scope: run === undefined ? pipeline : `${pipeline}/${run}`, lanes: partitions, run: Number(run ?? 0) })
  }
  const pipelines = [...new Set(found.map(({ pipeline }) => pipeline))]
  if (pipelines.length === 0) throw new BatchworkError('NO_STAGE', `no run in this store has a stage '${given}'; 'batchwork status' lists what there is`)
  if (pipelines.length > 1) throw new BatchworkError('NO_STAGE', `several pipelines have a stage '${given}': say which, as '${pipelines[0]}/${given}'`)
  const newest = found.toSorted((a, b) => b.run - a.run)[0]!
  const lead = `${newest.scope}/${leadTopic}`
  return { ...newest, leads: topics.some(({ name }) => name === lead) ? [lead] : [] }
}

async function redriveHere(log: Log, epoch: number, { pipeline, stage, scope, lanes }: Place, selection: Selection, now: number): Promise<number> {
  const names: RunNames = { scope, topic: name => `${scope}/${name}`, subscription: name => `${scope}/${name}`, store: name => `${scope}/${name}` }
  const { appends, progress, count } = await redriveOf(log, names, stage, lanes, selection, now)
  if (count === 0) return 0
  const [stored] = await log.get(names.store(countersStore), [redrivenKey(stage)])
  const { failed = 0 } = JSON.parse(stored?.value ?? '{}') as Partial<Counters>
  const state: StateChange[] = [{ store: names.store(countersStore), key: redrivenKey(stage), value: JSON.stringify({ failed: failed - count }) }]
  const run = (await runsOf(log, pipeline)).find(each => `${pipeline}/${each.number}` === scope)
  if (run) state.push(runChange(pipeline, reopened(run)))
  await log.commit({ epoch, appends, progress, state })
  return count
}

/** A run goes on in another round: stages may have ended, or given what they give at their end, and do so once more. */
function reopened(run: RunRecord): RunRecord {
  const again = { ...run, round: run.round + 1 }
  return isComplete(run) ? { ...again, status: 'stopped', reasons: ['items were redriven; the same command runs them'] } : again
}
