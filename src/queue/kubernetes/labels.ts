// How a queue's objects are called and recognised. Names are never given twice: the epoch is another for each manager.
import { OptionError } from '../../model/errors.ts'

export const queueLabel = 'batchwork.dev/queue'
export const partLabel = 'batchwork.dev/part'
/** Names of a chunk's items, packed. */
export const namesAnnotation = 'batchwork.dev/names'
/** How often each item of the chunk was tried in chunks before it, where any was. */
export const attemptsAnnotation = 'batchwork.dev/attempts'
export const itemsPerPodAnnotation = 'batchwork.dev/items-per-pod'

export type Part = 'chunk' | 'record' | 'manager'

/** With epoch, number and index, a pod's host name has to fit into 63 characters. */
const nameLengthMax = 30

export function checkQueueName(name: string): void {
  if (name.length <= nameLengthMax && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) return
  throw new OptionError('name', name, `a name for Kubernetes objects: at most ${nameLengthMax} lower case letters, digits and '-', with a letter first and no '-' last`)
}

export function labelsOf(queue: string, part: Part): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/managed-by': 'batchwork', [queueLabel]: queue, [partLabel]: part }
}

export function selectorOf(queue: string, part: Part): string {
  return `${queueLabel}=${queue},${partLabel}=${part}`
}

export function chunkName(queue: string, epoch: number, number: number): string {
  return `${queue}-${epoch}-${number}`
}

export function recordName(queue: string, number: number): string {
  return `${queue}-record-${number}`
}

/** The later of two chunks first. */
export function byAge(left: string, right: string): number {
  const [leftEpoch, leftNumber] = ordinals(left)
  const [rightEpoch, rightNumber] = ordinals(right)
  return rightEpoch - leftEpoch || rightNumber - leftNumber
}

function ordinals(name: string): readonly [epoch: number, number: number] {
  const [number, epoch] = name.split('-').toReversed()
  return [Number(epoch), Number(number)]
}
