// Runs small pipelines over numbers in memory, with a clock that jumps.
import { items, pipeline, type Flow, type Outputs, type Pipeline, type Stream } from '../../src/index.ts'
import { given } from '../../src/testing/index.ts'
import { simulate, type Simulated, type SimulateOptions } from '../../src/testing/simulate.ts'
import { World, type WorldOptions } from '../../src/testing/world.ts'

export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}

export function overNumbers<O extends Outputs>(build: (numbers: Stream<number>, flow: Flow) => O | void, values: readonly number[] = []): Pipeline<void, O> {
  return pipeline('test', flow => build(flow.source('numbers', items<number>(values)), flow))
}

export function runNumbers<O extends Outputs>(
  values: readonly number[], build: (numbers: Stream<number>, flow: Flow) => O | void, options: SimulateOptions<void> = {},
): Promise<Simulated<O>> {
  const source = given('numbers', values)
  return simulate(overNumbers(build), { ...options, given: [source, ...(options.given ?? [])] })
}

export function sorted(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b)
}

/** A world with a client in it, for what goes on while a run is going on. */
export function worldWithClient(options: WorldOptions = {}) {
  const world = new World(options)
  return { world, client: world.client() }
}

export async function listOf<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const value of values) list.push(value)
  return list
}
