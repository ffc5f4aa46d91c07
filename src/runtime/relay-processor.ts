// A relay passes everything on.
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
      this.#host.settleAll(flight)
    }
    this.#host.wake()
  }
}
