// All objects of one deployed pipeline, in the order to apply them.
import type { Plan } from '../plan/plan.ts'
import { scaledObject } from './autoscaler.ts'
import { backlogTriggers, checkLagTells } from './backlog-triggers.ts'
import type { Brokers } from './brokers.ts'
import { checkFilesStay } from './fit.ts'
import type { Identity } from './labels.ts'
import { networkPolicy, type Destination } from './network-policy.ts'
import { valuesOf, type PodOptions } from './pod.ts'
import { configMap, deployment, disruptionBudget, job, serviceAccount, type JobLimits } from './workload.ts'

export interface Deployed {
  readonly identity: Identity
  readonly plan: Plan
  readonly pod: Omit<PodOptions, 'name' | 'engine'>
  readonly brokers: Brokers
  readonly destinations: readonly Destination[]
  readonly brokerNetwork?: string | undefined
  /** A pipeline that ends is a Job. */
  readonly runs: { readonly kind: 'job'; readonly limits: JobLimits } | { readonly kind: 'deployment'; readonly cooldownMs?: number | undefined }
}

/** Throws BatchworkError for a pipeline that would lose something in a cluster. */
export function manifestsOf({ identity, plan, pod, brokers, destinations, brokerNetwork, runs }: Deployed): readonly object[] {
  const whole: PodOptions = { ...pod, name: identity.name, engine: brokers.address }
  checkFilesStay(plan, pod.configuration.mounts)
  return [
    serviceAccount(identity),
    configMap(identity, valuesOf(whole)),
    networkPolicy(identity, brokers, destinations, brokerNetwork),
    ...(runs.kind === 'job' ? [job(identity, whole, runs.limits)] : [disruptionBudget(identity), deployment(identity, whole, runs.cooldownMs !== undefined)]),
    ...(runs.kind === 'deployment' && runs.cooldownMs !== undefined ? scaling(identity, { plan, brokers, pod, cooldownMs: runs.cooldownMs }) : []),
  ]
}

function scaling(identity: Identity, { plan, brokers, pod, cooldownMs }: Pick<Deployed, 'plan' | 'brokers' | 'pod'> & { readonly cooldownMs: number }): readonly object[] {
  checkLagTells(plan, cooldownMs)
  return scaledObject(identity, { cooldownMs, triggers: backlogTriggers(plan, brokers.prefix) }, brokers, pod.configuration)
}
