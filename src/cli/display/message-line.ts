// What a worker said, as a line.
import { shortText, show } from '../../model/errors.ts'
import { plainJson } from '../../sinks/plain-json.ts'
import type { WorkerMessage } from '../../runtime/environment.ts'
import type { Paint } from '../colours.ts'
import { neutralised, oneLine } from '../terminal-text.ts'

/** What is longer is cut: a log is no place for it. */
const dataCharactersMax = 5_000

const meanings = { info: 'quiet', warn: 'warning', error: 'bad' } as const

export function messageLine(given: WorkerMessage, paint: Paint): string {
  const { stage, id, level, message, data } = harmlessMessage(given)
  const place = [stage, id].filter(part => part !== '').map(oneLine).join(' ')
  const details = data === undefined ? '' : ` ${paint('quiet', oneLine(plainJson(data)))}`
  return `${paint(meanings[level], level.padEnd(5))}${place === '' ? '' : ` ${paint('quiet', place)}`} ${neutralised(message)}${details}`
}

/** What is said is shown, whatever it is: a worker does not fail because its log message cannot be written out. */
export function harmlessMessage({ message, data, ...where }: WorkerMessage): WorkerMessage {
  const text = typeof message === 'string' ? shortText(message) : show(message)
  return { ...where, message: text, ...(data !== undefined && { data: isWritable(data) ? data : { shown: show(data) } }) }
}

function isWritable(data: unknown): boolean {
  try {
    return plainJson(data).length <= dataCharactersMax
  } catch {
    return false
  }
}
