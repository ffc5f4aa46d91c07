// The two objects of a chunk: a ConfigMap that holds its items, one key for each completion index, and the Job that runs them. The ConfigMap comes
// first and is the claim; it owns the Job, so that a Job whose ConfigMap is gone goes too, and its pods could not start.
import { attemptsAnnotation, itemsPerPodAnnotation, labelsOf, namesAnnotation } from './labels.ts'
import type { ConfigMap, Job } from './objects.ts'
import { pack, packNames } from './packing.ts'
import { workerPodSpec, type WorkerPodOptions } from './worker-pod.ts'

const permanentCode = 65

export interface ChunkItem {
  readonly name: string
  /** One JSON document on one line. */
  readonly document: string
}

export interface JobOptions extends WorkerPodOptions {
  readonly queue: string
  readonly attempts: number
}

/** The items of a chunk again, from its ConfigMap. */
export function documentsOf({ data = {} }: ConfigMap, itemsPerPod: number): readonly string[] {
  const pods = Object.keys(data).length
  const texts = Array.from({ length: pods }, (_, pod) => data[String(pod)]!)
  return itemsPerPod === 1 ? texts : texts.flatMap(text => text.split('\n'))
}

export function podsFor(items: number, itemsPerPod: number): number {
  return Math.ceil(items / itemsPerPod)
}

export function chunkConfigMap(queue: string, name: string, items: readonly ChunkItem[], itemsPerPod: number, attempts: readonly number[]): ConfigMap {
  const data: Record<string, string> = {}
  for (let pod = 0; pod < podsFor(items.length, itemsPerPod); pod++) {
    const own = items.slice(pod * itemsPerPod, (pod + 1) * itemsPerPod)
    data[String(pod)] = own.map(({ document }) => document).join('\n')
  }
  const annotations = { [namesAnnotation]: packNames(items.map(item => item.name)), [itemsPerPodAnnotation]: String(itemsPerPod), ...(attempts.some(count => count > 0) && { [attemptsAnnotation]: pack(attempts) }) }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: labelsOf(queue, 'chunk'), annotations }, immutable: true, data }
}

/**
 * With one item in a pod the cluster retries: a budget for each index, code 65 ends it at once, an eviction does not count. With several, a pod is run
 * once and the items that failed go into a later chunk, or those that were done would run again with them.
 */
export function chunkJob(options: JobOptions, name: string, uid: string, pods: number, parallelism: number): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels: labelsOf(options.queue, 'chunk'), ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid }] },
    spec: {
      completionMode: 'Indexed',
      completions: pods,
      parallelism,
      backoffLimitPerIndex: options.itemsPerPod === 1 ? options.attempts - 1 : 0,
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          { action: 'FailIndex', onExitCodes: { operator: 'In', values: [permanentCode] } },
        ],
      },
      template: { metadata: { labels: labelsOf(options.queue, 'chunk') }, spec: workerPodSpec(options, name) },
    },
  }
}
