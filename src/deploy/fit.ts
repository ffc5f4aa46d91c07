// Whether a pipeline ends, and whether it may run in pods: what it writes into files must be where it stays when a pod goes, and where all pods have it.
import { posix } from 'node:path'
import { BatchworkError } from '../model/errors.ts'
import type { Plan } from '../plan/plan.ts'
import { FileSink } from '../sinks/file-sink.ts'
import type { Mount } from './configuration.ts'
import { workFolder } from './work-folder.ts'

/** It reads a topic that others fill: there is always more to come. */
export function isEndless({ stages, topics }: Plan): boolean {
  const foreign = new Set(topics.filter(({ producers, isShared }) => isShared && producers.length === 0).map(({ name }) => name))
  return stages.some(({ inputs }) => inputs.some(({ from }) => from.kind === 'topic' && foreign.has(from.topic)))
}

/** Throws BatchworkError for a file that would go with its pod. */
export function checkFilesStay({ stages }: Pick<Plan, 'stages'>, mounts: readonly Mount[]): void {
  const folders = mounts.filter(({ kind }) => kind !== 'secret').map(({ folder }) => folder)
  for (const stage of stages) {
    if (stage.kind !== 'sink' || !(stage.sink instanceof FileSink)) continue
    const path = posix.resolve(workFolder, stage.sink.name)
    if (folders.some(folder => path.startsWith(`${folder}/`))) continue
    throw new BatchworkError('USAGE', `stage '${stage.name}' writes the file ${path}, which goes with its pod; keep its folder on a volume with --volume CLAIM=/folder (with several processes --shared-volume), and let the pipeline write there`)
  }
}

/** Throws BatchworkError for a claim that keeps all pods but one waiting. */
export function checkClaimsShared(mounts: readonly Mount[], processes: number): void {
  const claim = mounts.find(({ kind }) => kind === 'claim')
  if (claim && processes > 1) throw new BatchworkError('USAGE', `--volume ${claim.object} is taken for a claim that one node mounts at a time, and ${processes === Infinity ? 'groups of stages have processes each' : `--processes is ${processes}`}; where its access mode is ReadWriteMany, give it as --shared-volume ${claim.object}=${claim.folder}, else leave ${processes === Infinity ? 'groups' : '--processes'} out`)
}
