// What a source server serves: named items, as they are now. Contract of the shelves beside this file.

export interface Shelf {
  /** For people. */
  readonly description: string
  /** As it is now, or was up to a second ago. Throws SourceError. */
  contents(): Promise<Contents>
  close(): Promise<void>
}

export interface Contents {
  /** The same as long as the names are. */
  readonly version: string
  /** In the order of their UTF-16 units, each once, none with a fault. */
  readonly names: readonly string[]
  /** The item's data, an object; undefined where there is none of that name. */
  read(name: string): Promise<object | undefined>
}
