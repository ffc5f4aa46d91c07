// All that an asynchronous or plain iterable gives.
export async function gathered<T>(values: AsyncIterable<T> | Iterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const value of values) all.push(value)
  return all
}
