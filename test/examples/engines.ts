// The engines that an example gives the same results on: the one a user has without asking, and Kafka.
import { randomUUID } from 'node:crypto'
import { testBroker } from '../kafka/broker.ts'
import { needs } from '../needs.ts'

export interface ExampleEngine {
  readonly name: string
  readonly skip: string | false
  /** Of the command line. */
  readonly parameters: () => Promise<readonly string[]>
}

export const engines: readonly ExampleEngine[] = [
  { name: 'the embedded engine', skip: false, parameters: async () => [] },
  { name: 'Kafka', skip: needs('java'), parameters: async () => ['--engine', `kafka://${await testBroker()}/${randomUUID()}`] },
]
