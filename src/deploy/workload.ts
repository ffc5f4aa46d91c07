// What runs the processes: a Job for a pipeline that ends, a Deployment for one that does not. All run the same command, and share the run between them.
import { labelsOf, metadataOf, selectorOf, type Identity } from './labels.ts'
import { podTemplate, type PodOptions } from './pod.ts'

export interface JobLimits {
  /** Pods that may fail in the place of each process; evicted ones are not counted. */
  readonly retries: number
  /** How long the Job, its pods and their logs stay when it is over. */
  readonly keptForMs: number
}

/**
 * What ended a run for good: with items set aside (2), or stopped by its tolerance, a shut barrier or a pause (3). The same command once more would begin another
 * run, or fail again, so the Job fails at once and its message names the code. All other codes go on with the run in another pod.
 */
const finalCodes = [2, 3]

export function job(identity: Identity, pod: PodOptions, { retries, keptForMs }: JobLimits): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadataOf(identity),
    spec: {
      completions: pod.processesMax,
      parallelism: pod.processesMax,
      ...(pod.processesMax > 1 ? together(retries) : { backoffLimit: retries }),
      ttlSecondsAfterFinished: Math.ceil(keptForMs / 1_000),
      // The next pod starts when the last one is gone, so that there are never more than were asked for.
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onExitCodes: { containerName: 'pipeline', operator: 'In', values: finalCodes } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
      template: podTemplate(pod, 'Never'),
    },
  }
}

/**
 * A process says 0 only of a whole run that is complete: the first to say it completes the Job, which ends the others, those too that have not started yet. One that fails too often leaves the
 * run to the others; when all do, the Job fails.
 */
function together(retries: number): object {
  return { completionMode: 'Indexed', backoffLimitPerIndex: retries, successPolicy: { rules: [{ succeededCount: 1 }] } }
}

/** A pod that is ready for so long counts as started: one that cannot reach its brokers ends before. */
const startedAfterSeconds = 10

/** `isScaled`: something else says how many; it begins with 1. A claim that one node mounts at a time must be let go before the next pod can start. */
export function deployment(identity: Identity, pod: PodOptions, isScaled: boolean): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(identity),
    spec: {
      ...(!isScaled && { replicas: pod.processesMax }),
      strategy: pod.configuration.mounts.some(({ kind }) => kind === 'claim') ? { type: 'Recreate' } : oneByOne,
      minReadySeconds: startedAfterSeconds,
      selector: { matchLabels: selectorOf(identity.name) },
      template: podTemplate(pod, 'Always'),
    },
  }
}

/** A new process takes part before an old one leaves, which gives its lanes to the others at once. */
const oneByOne = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }

/** Nodes are drained one process after the other. There is none for a Job, whose pods it cannot count. */
export function disruptionBudget(identity: Identity): object {
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: metadataOf(identity), spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(identity.name) } } }
}

export function serviceAccount(identity: Identity): object {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadataOf(identity), automountServiceAccountToken: false }
}

export function configMap(identity: Identity, data: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadataOf(identity), labels: labelsOf(identity.name) }, data }
}
