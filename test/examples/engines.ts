// The engines that an example gives the same results on: the one a user has without asking, and Kafka.
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { testBroker } from '../kafka/broker.ts'
import { needs } from '../needs.ts'

interface ExampleEngine {
  readonly name: string
  readonly skip: string | false
  /** Undefined: nothing is said of it. */
  readonly address: () => Promise<string | undefined>
}

const engines: readonly ExampleEngine[] = [
  { name: 'the embedded engine', skip: false, address: async () => undefined },
  { name: 'Kafka', skip: needs('java'), address: async () => `kafka://${await testBroker()}/${randomUUID()}` },
]

export interface ExampleTest {
  readonly skip?: string | false
}

/** A test for each engine, which is given the engine's address. */
export function onEachEngine(title: string, work: (engine: string | undefined, context: TestContext) => Promise<void>, { skip = false }: ExampleTest = {}): void {
  for (const { name, skip: own, address } of engines) test(`${title}, on ${name}`, { skip: skip || own }, async context => work(await address(), context))
}
