// What must be found in one place, and how sure that is.

/** How sure it is that something comes out: 'maybe' where a barrier shuts at a moment that nobody can foretell. */
export type Certainty = 'all' | 'none' | 'maybe'

export interface Expected {
  readonly kind: 'list' | 'last' | 'last by key'
  readonly values: readonly unknown[]
  readonly certainty: Certainty
  /** Told of again when a dead letter is sent back. */
  readonly mayRepeat: boolean
  /** The items of each key (n mod 4) must come in this order. */
  readonly isOrdered: boolean
}
