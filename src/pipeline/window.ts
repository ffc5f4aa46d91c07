// Windows of event time: tumbling (end to end), sliding (overlapping), session (as long as items keep coming).
import { millisecondsOf, type Duration } from '../model/values.ts'
import { Brand } from './brand.ts'
import { looseCall, refuse, type Call } from './call.ts'
import { aDuration, checkArgument, where } from './checks.ts'

export interface Window {
  readonly kind: 'tumbling' | 'sliding' | 'session'
}

/** In milliseconds: how long a window is, and when the next begins; for a session, the gap that ends it. */
export type WindowLengths =
  | { readonly lengthMs: number; readonly stepMs: number }
  | { readonly gapMs: number }

const brand = new Brand<WindowLengths>('window')

/** Windows of this length, one after the other. Throws PlanError. */
export function tumbling(length: Duration): Window {
  const lengthMs = lengthOf(looseCall('tumbling()'), length, 'length')
  return brand.mark<Window>({ kind: 'tumbling' }, { lengthMs, stepMs: lengthMs })
}

/** Windows of this length, a new one each `step`: an item is in several. Throws PlanError. */
export function sliding(length: Duration, step: Duration): Window {
  const call = looseCall('sliding()')
  const lengthMs = lengthOf(call, length, 'length')
  const stepMs = lengthOf(call, step, 'step')
  if (stepMs > lengthMs) refuse(call, `step is '${step}', but must not be longer than the length, '${length}', or items between windows would be in none`)
  return brand.mark<Window>({ kind: 'sliding' }, { lengthMs, stepMs })
}

/** A window that goes on until no item has come for `gap`. Throws PlanError. */
export function session(gap: Duration): Window {
  return brand.mark<Window>({ kind: 'session' }, { gapMs: lengthOf(looseCall('session()'), gap, 'gap') })
}

export function readWindow(value: unknown): WindowLengths | undefined {
  return brand.read(value)
}

export const aWindow = where(value => readWindow(value) !== undefined, 'made by tumbling(), sliding() or session()')

function lengthOf(call: Call, duration: Duration, argument: string): number {
  checkArgument(call, duration, argument, aDuration)
  return millisecondsOf(duration, argument)
}
