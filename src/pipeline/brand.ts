// How a value made by this package is told from any other, also when two copies of the package are loaded: by a registered symbol.

export class Brand<Internals extends object> {
  readonly #symbol: symbol

  constructor(name: string) {
    this.#symbol = Symbol.for(`batchwork.${name}`)
  }

  /** Not enumerable: printing and spreading the value do not show it. */
  mark<T extends object>(value: T, internals: Internals): T {
    return Object.defineProperty(value, this.#symbol, { value: internals })
  }

  read(value: unknown): Internals | undefined {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
    if (!isObject) return undefined
    try {
      const internals = (value as Record<symbol, unknown>)[this.#symbol]
      // A proxy may have an answer for every key.
      return typeof internals === 'object' && internals !== null ? internals as Internals : undefined
    } catch {
      return undefined // Or throw.
    }
  }
}
