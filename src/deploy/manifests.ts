// All objects of one deployed pipeline, in the order to apply them.
import type { Plan } from '../plan/plan.ts'
import { scaledObject } from './autoscaler.ts'
import { backlogTriggers, checkLagTells } from './backlog-triggers.ts'
import type { Brokers } from './brokers.ts'
import { checkClaimsShared, checkFilesStay } from './fit.ts'
import type { StageGroup } from './groups.ts'
import type { Identity } from './labels.ts'
import { networkPolicy, type Destination } from './network-policy.ts'
import { podAutoscaler } from './pod-autoscaler.ts'
import { valuesOf, type PodOptions } from './pod.ts'
import { checkLanes, lanesOf, type LagScaling, type Processes } from './processes.ts'
import { configMap, deployment, disruptionBudget, job, serviceAccount, type JobLimits } from './workload.ts'

export interface Deployed {
  readonly identity: Identity
  /** Divided into the parts of `brokers`. */
  readonly plan: Plan
  readonly pod: Omit<PodOptions, 'name' | 'engine' | 'processesMax'>
  readonly brokers: Brokers
  readonly destinations: readonly Destination[]
  readonly brokerNetwork?: string | undefined
  readonly processes: Processes
  /** A group of stages, of several that share the run. Undefined: all stages. */
  readonly group?: Pick<StageGroup, 'words' | 'part'> | undefined
  /** A pipeline that ends is a Job. */
  readonly runs: { readonly kind: 'job'; readonly limits: JobLimits } | { readonly kind: 'deployment' }
}

/** Throws BatchworkError for a pipeline that would lose something in a cluster, and for processes that would have nothing to do. */
export function manifestsOf(deployed: Deployed): readonly object[] {
  const { identity, plan, pod, brokers, destinations, brokerNetwork, processes, runs, group } = deployed
  const { mounts } = pod.configuration
  const whole: PodOptions = { ...pod, name: identity.name, engine: brokers.address, processesMax: processes.max }
  checkLanes(plan, processes.max, brokers.parts, group?.part)
  // Other groups mount the same claims.
  checkClaimsShared(mounts, group ? Infinity : processes.max)
  checkFilesStay({ stages: plan.stages.filter(stage => lanesOf(stage, group?.part) > 0) }, mounts)
  return [
    serviceAccount(identity),
    configMap(identity, valuesOf(whole)),
    networkPolicy(identity, brokers, destinations, brokerNetwork),
    ...(runs.kind === 'job' ? [job(identity, whole, runs.limits)] : [...(processes.max > 1 ? [disruptionBudget(identity)] : []), deployment(identity, whole, processes.scaling !== undefined), ...autoscaler(deployed)]),
  ]
}

function autoscaler(deployed: Deployed): readonly object[] {
  const { identity, processes: { max, scaling } } = deployed
  if (scaling === undefined) return []
  return scaling.by === 'metric' ? [podAutoscaler(identity, scaling, max)] : byLag(deployed, scaling)
}

function byLag({ identity, plan, brokers, pod, processes: { max }, group }: Deployed, scaling: LagScaling): readonly object[] {
  if (scaling.cooldownMs !== undefined) checkLagTells(plan, scaling.cooldownMs, group?.part)
  const triggers = backlogTriggers(plan, { prefix: brokers.prefix, wakes: scaling.min === 0, lagPerProcess: max > 1 ? scaling.lagPerProcess : undefined, part: group?.part })
  return scaledObject(identity, { scaling, processesMax: max, triggers }, brokers, pod.configuration)
}
