// Which shards of a run are unhealthy, and how far the rollouts of its pipeline are, for `status`.
import type { Log } from '../log.ts'
import type { RolloutRecord } from '../policies/rollout.ts'
import type { ShardCondition } from '../policies/shard-health.ts'
import { rolloutsStore, shardsStore } from '../runtime/control.ts'
import { timeText } from './quantities.ts'
import { scopeNames, type RunState } from './runs.ts'
import { neutralised } from './terminal-text.ts'

export interface SteeredShards {
  readonly unhealthy: readonly { readonly stage: string; readonly shard: string; readonly since: Date; readonly why: string }[]
  readonly rollouts: readonly { readonly stage: string; readonly status: RolloutRecord['status']; readonly moved: readonly string[]; readonly since: Date; readonly why?: string | undefined }[]
}

export async function steeredShardsOf(log: Log, { pipeline, record, stages }: RunState): Promise<SteeredShards> {
  const [shards, rollouts] = await Promise.all([log.scan(scopeNames(pipeline, record.number).store(shardsStore)), log.scan(rolloutsStore(pipeline))])
  const own = new Set(stages.map(({ name }) => name))
  return {
    unhealthy: shards.flatMap(({ key, value }) => {
      const condition = JSON.parse(value) as ShardCondition
      const [stage = '', shard = ''] = key.split('/')
      return condition.kind === 'unhealthy' ? [{ stage, shard, since: new Date(condition.since), why: condition.why }] : []
    }),
    rollouts: rollouts.filter(({ key }) => own.has(key)).map(({ key: stage, value }) => {
      const { status, moved, since, why } = JSON.parse(value) as RolloutRecord
      return { stage, status, moved, since: new Date(since), why }
    }),
  }
}

/** A line for each, for people. */
export function steeredLines({ unhealthy, rollouts }: SteeredShards): readonly string[] {
  return [
    ...unhealthy.map(({ stage, shard, since, why }) => `shard '${shard}' of '${stage}' is unhealthy since ${timeText(since)}: ${why}; its items go to the others`),
    ...rollouts.map(({ stage, status, moved, since, why }) => {
      const when = timeText(since)
      if (status === 'rolled-back') return `the rollout of '${stage}' was rolled back at ${when}: ${why}`
      if (status === 'done') return `the rollout of '${stage}' is done since ${when}`
      return `'${stage}' is being rolled out: ${moved.map(name => `'${name}'`).join(', ')} ${moved.length === 1 ? 'runs' : 'run'} the new worker, the last since ${when}`
    }),
  ].map(neutralised)
}
