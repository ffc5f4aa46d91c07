// A relay passes everything on.
import { passed } from './flight.ts'
import { StatelessProcessor, type Host } from './processor.ts'

/** Flights relayed before the event loop is let in again. */
const flightsPerTurn = 16

export class RelayProcessor extends StatelessProcessor {
  readonly inFlight = 0
  readonly #host: Host

  constructor(host: Host) {
    super()
    this.#host = host
  }

  pump(): void {
    for (let turn = 0; turn < flightsPerTurn; turn++) {
      const flight = this.#host.intake.nextFlight(this.#host.mayRun)
      if (!flight) return
      if (flight.isUntouched) this.#host.settleAll(flight)
      else for (let unit = 0; unit < flight.unitCount; unit++) this.#host.settle(flight, unit, passed)
    }
    this.#host.wake()
  }
}
