// What runs the process: a Job for a pipeline that ends, a Deployment for one that does not. One process at a time: a run is not shared between processes yet,
// and the engine refuses a second one.
import { labelsOf, metadataOf, selectorOf, type Identity } from './labels.ts'
import { podTemplate, type PodOptions } from './pod.ts'

export interface JobLimits {
  /** Pods that may fail before the Job does; evicted ones are not counted. */
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
      completions: 1,
      parallelism: 1,
      backoffLimit: retries,
      ttlSecondsAfterFinished: Math.ceil(keptForMs / 1_000),
      // The next pod starts when the last one is gone, or it would find the run in use.
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

/** A pod that is ready for so long counts as started: one that cannot reach its brokers ends before. */
const startedAfterSeconds = 10

/** `isScaled`: something else says how many; it begins with 1. */
export function deployment(identity: Identity, pod: PodOptions, isScaled: boolean): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(identity),
    spec: {
      ...(!isScaled && { replicas: 1 }),
      // The old one leaves before the new one starts, or that would find the run in use.
      strategy: { type: 'Recreate' },
      minReadySeconds: startedAfterSeconds,
      selector: { matchLabels: selectorOf(identity.name) },
      template: podTemplate(pod, 'Always'),
    },
  }
}

/** With one process it holds up no drain of a node: the process goes on elsewhere. There is none for a Job, whose pods it cannot count. */
export function disruptionBudget(identity: Identity): object {
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: metadataOf(identity), spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(identity.name) } } }
}

export function serviceAccount(identity: Identity): object {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadataOf(identity), automountServiceAccountToken: false }
}

export function configMap(identity: Identity, data: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadataOf(identity), labels: labelsOf(identity.name) }, data }
}
