// A clock whose time runs as fast as the event loop turns: each turn it jumps to the next timer. Timers due at the same time fire in the
// order they were set.
import type { Clock, Timer } from '../../src/clock.ts'

interface Alarm extends Timer {
  readonly at: number
  readonly callback: () => void
}

export class VirtualClock implements Clock {
  #now = 1_700_000_000_000
  #alarms: Alarm[] = []
  #isTurning = false

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  after(delayMs: number, callback: () => void): Timer {
    const alarm: Alarm = { at: this.#now + delayMs, callback, cancel: () => void (this.#alarms = this.#alarms.filter(other => other !== alarm)) }
    const index = this.#alarms.findIndex(({ at }) => at > alarm.at)
    this.#alarms.splice(index < 0 ? this.#alarms.length : index, 0, alarm)
    this.#turn()
    return alarm
  }

  pass(ms: number): Promise<void> {
    return new Promise(resolve => this.after(ms, resolve))
  }

  #turn(): void {
    if (this.#isTurning || this.#alarms.length === 0) return
    this.#isTurning = true
    setImmediate(() => {
      this.#isTurning = false
      const alarm = this.#alarms.shift()
      if (alarm) {
        this.#now = Math.max(this.#now, alarm.at)
        alarm.callback()
      }
      this.#turn()
    })
  }
}
