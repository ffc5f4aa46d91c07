// What is known of a unit beside its value, made only when asked for.
import type { Meta } from '../model/item.ts'
import { dateAt } from '../model/time.ts'
import type { Flight } from './flight.ts'

export class UnitMeta implements Meta {
  readonly #flight: Flight
  readonly #unit: number

  constructor(flight: Flight, unit: number) {
    this.#flight = flight
    this.#unit = unit
  }

  protected get lane(): number {
    return this.#flight.origin.lane
  }

  get id(): string {
    return this.#flight.idOf(this.#unit)
  }

  get key(): string | undefined {
    const key = this.#flight.keyOf(this.#unit)
    return key === null ? undefined : String(JSON.parse(key))
  }

  get time(): Date {
    return dateAt(this.#flight.timeOf(this.#unit))
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#flight.items.headers?.[this.#flight.itemOf(this.#unit)] ?? {}
  }

  get origin(): string {
    return this.#flight.items.origins.at(this.#flight.itemOf(this.#unit))
  }
}
