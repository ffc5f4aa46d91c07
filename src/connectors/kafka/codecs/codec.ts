// How the value of a Kafka record becomes an item, and back. What others write is theirs: nothing is known of it but its bytes.

export interface KafkaCodec<T> {
  /** Awaited before these are decoded: fetches what they name, such as schemas. What it throws is no fault of an item, and ends the reading. */
  readonly beforeDecode?: ((values: readonly Uint8Array[]) => Promise<void>) | undefined
  /** Throws where it cannot be read: that one item is set aside. */
  readonly decode: (value: Uint8Array) => T
  /** Awaited before anything is encoded for this topic. */
  readonly beforeEncode?: ((topic: string) => Promise<void>) | undefined
  /** Throws where the item does not fit: that one item is set aside. */
  readonly encode: (item: T, topic: string) => Uint8Array
}
