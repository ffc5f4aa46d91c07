// What a worker said, as a line.
import { plainJson } from '../../sinks/plain-json.ts'
import type { WorkerMessage } from '../../runtime/environment.ts'
import type { Paint } from '../colours.ts'
import { neutralised, oneLine } from '../terminal-text.ts'

const meanings = { info: 'quiet', warn: 'warning', error: 'bad' } as const

export function messageLine({ stage, id, level, message, data }: WorkerMessage, paint: Paint): string {
  const place = [stage, id].filter(part => part !== '').map(oneLine).join(' ')
  const details = data === undefined ? '' : ` ${paint('quiet', oneLine(plainJson(data)))}`
  return `${paint(meanings[level], level.padEnd(5))}${place === '' ? '' : ` ${paint('quiet', place)}`} ${neutralised(message)}${details}`
}
