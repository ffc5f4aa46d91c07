// Defects to be planted in the real runtime and engine as their files are loaded: each takes one snippet out of one file.

import type { Kind } from './shapes.ts'

export interface PlantedBug {
  readonly name: string
  readonly file: string
  /** Occurs once in the file. */
  readonly snippet: string
  readonly instead: string
  /** The only kind of workload in which it shows. */
  readonly showsIn?: Kind | undefined
  /** The first seed tried, where none of those before finds it: they would cost a minute. Default: 1. */
  readonly from?: number | undefined
}

const runner = 'src/runtime/stage-runner.ts'
const commits = 'src/runtime/stage-commits.ts'

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'no fencing: a commit of a former epoch is taken',
    file: 'src/logs/memory/store-ownership.ts',
    snippet: 'if (epoch !== this.#epoch || owner?.process !== process) throw new FencedError(epoch, this.#epoch)',
    instead: 'if (epoch > this.#epoch) throw new FencedError(epoch, owner === process ? 0 : this.#epoch)',
  },
  {
    name: 'progress is committed before the outputs',
    file: runner,
    snippet: 'send: commit => commitAsOwner(log, epoch, commit),',
    instead: 'send: commit => commitAsOwner(log, epoch, { ...commit, appends: [], state: [] }).then(() => commitAsOwner(log, epoch, { ...commit, progress: [] })),',
  },
  {
    name: 'a stage ends before its retries are done',
    file: 'src/runtime/retry-feed.ts',
    snippet: 'return this.#waiting.length > 0 || !this.#options.reader.isDrained',
    instead: 'return false',
  },
  {
    name: 'counters are not committed with the progress they belong to',
    file: 'src/runtime/commit-parts.ts',
    snippet: 'counters.retried = sizeOf(retries)\n  counters.failed = sizeOf(dead)',
    instead: 'counters.retried = sizeOf(retries)',
  },
  {
    name: 'attempts are not counted',
    file: 'src/policies/retry.ts',
    snippet: 'const attempt = (before?.attempts ?? 0) + 1',
    instead: 'const attempt = Math.min(1, (before?.attempts ?? 0) + 1)',
  },
  {
    name: 'attempts of an ordered stage begin anew when the item was sent back',
    file: runner,
    snippet: 'return this.#held.get(flight, unit) ?? flight.retryOf(unit)',
    instead: 'return flight.retryOf(unit) ?? this.#held.get(flight, unit)',
    from: 130,
  },
  {
    name: 'dead letters that are sent back are forgotten',
    file: 'src/runtime/redrive.ts',
    snippet: 'if (chosen.length > 0) revivals.push(',
    instead: 'if (chosen.length > 1) revivals.push(',
  },
  {
    name: 'a retry never comes due',
    file: 'src/runtime/retry-feed.ts',
    snippet: 'this.#waiting.find(({ dueAt }) => dueAt <= now)',
    instead: 'this.#waiting.find(({ dueAt }) => dueAt <= now && dueAt < 0)',
  },
  {
    name: 'a barrier opens while failures remain',
    file: 'src/runtime/barriers.ts',
    snippet: 'return exceeds(tolerate, failed,',
    instead: 'return failed < 0 && exceeds(tolerate, failed,',
    from: 170,
  },
  {
    name: 'duplicates are not dropped',
    file: 'src/logs/memory/topic.ts',
    snippet: 'if (seenAt !== undefined && now - seenAt < unique.forMs) duplicates.push(index)',
    instead: 'if (seenAt !== undefined && now - seenAt > unique.forMs) duplicates.push(index)',
  },
  {
    name: 'a topic is trimmed below a slow subscriber',
    file: 'src/logs/memory/topic.ts',
    snippet: 'all.every(progress => progress !== undefined',
    instead: 'all.some(progress => progress !== undefined',
  },
  {
    name: 'a commit is acknowledged before the store has it',
    file: 'src/logs/memory/memory-log.ts',
    snippet: 'this.#commits.push(done => this.#accept(taken, resolve, reject, done))',
    instead: `resolve(taken.appends.map(() => ({ offset: 0, next: 0, duplicates: [] })))
      this.#store.options.clock.after(30, () => { if (!this.#isGone) this.#commits.push(done => this.#accept(taken, () => {}, () => {}, done)) })`,
  },
  {
    name: 'a running result that was not given on yet is forgotten by a restart',
    file: 'src/runtime/reduce-processor.ts',
    snippet: 'const owed = [...this.#dirty].filter(key => this.#unsaid.has(key))',
    instead: 'const owed = [...this.#dirty].filter(() => false)',
  },
  {
    name: 'a stage commits again after a commit of it failed',
    file: commits,
    snippet: 'if (this.#failure) return',
    instead: '',
    from: 400,
  },
  {
    name: 'duplicates of which a dying process did not hear are not counted',
    file: 'src/runtime/counts.ts',
    snippet: 'Math.max(0, Number(dropped ?? 0) - counters.duplicates)',
    instead: '0',
  },
  {
    name: 'what is returned behind a barrier does not wait for it',
    file: 'src/plan/planner.ts',
    snippet: 'barriersOf(graph, stages, outputs)',
    instead: 'barriersOf(graph, stages, [])',
    from: 350,
  },
  {
    name: 'parts of one item gather in batches that are done one before the other',
    file: 'src/plan/planner.ts',
    snippet: "operators.some(({ kind }) => kind === 'flatMap')",
    instead: 'operators.length < 0',
  },
  {
    name: 'an item that moves out of a sick shard is forgotten',
    file: 'src/runtime/flight.ts',
    snippet: 'this.moved.add(unit)\n    this.fail(unit, state)',
    instead: 'this.settle(unit, dropped)',
    showsIn: 'ailing',
    from: 160,
  },
  {
    name: 'what an item that moved gives stays in the shard that has done it',
    file: 'src/runtime/shard-spill.ts',
    snippet: '{ ...state, home: flight.homeOf(unit), movedTo: to }',
    instead: '{ ...state, home: undefined, movedTo: to }',
    showsIn: 'ailing',
    from: 160,
  },
  {
    name: 'a version on trial may give up on items',
    file: 'src/runtime/staged-rollout.ts',
    snippet: 'if (isTrial) return {',
    instead: 'if (isTrial && !after.reason) return {',
    showsIn: 'ailing',
    from: 620,
  },
  {
    name: 'a run takes what was published since it began',
    file: 'src/runtime/partition-reader.ts',
    snippet: 'if (chunk.offset >= (this.#options.until ?? Infinity)) {',
    instead: 'if (chunk.offset < 0) {',
    showsIn: 'again',
    from: 230,
  },
  {
    name: 'a run takes again what the one before it took of a topic',
    file: 'src/runtime/names.ts',
    snippet: 'shared.has(input) ? plan.pipeline : scope',
    instead: 'shared.has(input) ? scope : scope',
    showsIn: 'again',
  },
  {
    name: 'a running result that is due waits for more items',
    file: 'src/runtime/reduce-processor.ts',
    snippet: 'return this.#dueInMs <= 0',
    instead: 'return false',
    showsIn: 'endless',
  },
  {
    name: 'a batch that is due waits for more items',
    file: 'src/runtime/batch-processor.ts',
    snippet: 'this.#timer = clock.after(waitMs, host.wake)',
    instead: 'this.#timer = waitMs < 0 ? clock.after(waitMs, host.wake) : undefined',
    showsIn: 'endless',
    from: 100,
  },
  {
    name: 'what an operator refused is sent back without its operators',
    file: 'src/runtime/board.ts',
    snippet: 'flight.fail(unit, { ...state, input: feed.input ?? flight.retryOf(unit)?.input })',
    instead: 'flight.fail(unit, state)',
  },
  {
    name: 'what takes no route is dropped',
    file: 'src/runtime/operators.ts',
    snippet: 'throw new NoRouteError(Object.keys(routes))',
    instead: 'return false',
    from: 150,
  },
  {
    name: 'what becomes of an item that an operator refused is not counted when it is sent back',
    file: 'src/runtime/commit-parts.ts',
    snippet: 'isAgain ? units.length - itemCount : units.length',
    instead: 'isAgain ? 0 : units.length',
    from: 250,
  },
  {
    name: 'what a reducer throws of is done',
    file: 'src/runtime/reduce-processor.ts',
    snippet: 'if (error) host.fail(flight, unit, error)',
    instead: 'if (error) host.settle(flight, unit, dropped)',
  },
  {
    name: 'two workers that disagree are believed',
    file: 'src/patterns/agree.ts',
    snippet: 'if (!equal(first, second)) throw',
    instead: 'if (!contestants) throw',
    from: 140,
  },
]
