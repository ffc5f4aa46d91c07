// What a pod that failed tells: which index, with which code, and the end of what it wrote.
import { visible } from '../../executors/command/failure.ts'
import type { ContainerStatus, Pod } from './objects.ts'

export interface PodFailure {
  readonly index: number
  readonly exitCode: number | undefined
  readonly reason: string
  readonly message: string
  /** Times this index failed, this one too. */
  readonly attempts: number
}

const messageLengthMax = 2_000
const permanentCode = 65

/** Undefined for a pod without an index. */
export function failureOf({ metadata, status = {} }: Pod): PodFailure | undefined {
  const { annotations = {} } = metadata
  const index = annotations['batch.kubernetes.io/job-completion-index']
  if (index === undefined) return undefined
  const ended = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].find(isFailed)?.state!.terminated
  const message = ended?.message || status.message || ''
  return {
    index: Number(index),
    exitCode: ended?.exitCode,
    reason: reasonOf(status.reason, ended?.exitCode, ended?.reason),
    message: visible(message).trim().slice(-messageLengthMax),
    attempts: Number(annotations['batch.kubernetes.io/job-index-failure-count'] ?? 0) + 1,
  }
}

function isFailed({ state }: ContainerStatus): boolean {
  return state?.terminated !== undefined && state.terminated.exitCode !== 0
}

function reasonOf(podReason: string | undefined, code: number | undefined, containerReason: string | undefined): string {
  if (podReason) return podReason
  if (containerReason === 'OOMKilled') return 'out of memory'
  if (code === permanentCode) return 'permanent failure (exit code 65)'
  return code === undefined ? 'the pod failed' : `exit code ${code}`
}
