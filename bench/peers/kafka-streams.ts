// Kafka Streams, exactly_once_v2.
import { fileURLToPath } from 'node:url'
import type { Absent } from '../contest.ts'
import type { Copier } from '../kafka/copier.ts'
import { builtByMaven, javaVersion } from './maven.ts'

const folder = fileURLToPath(new URL('kafka-streams', import.meta.url))

export interface StreamsSetting {
  readonly name: string
  readonly settings: string
  /** As Kafka Streams names them. */
  readonly properties: Readonly<Record<string, string | number>>
}

/** Or why there is none. */
export function kafkaStreams({ name, settings, properties }: StreamsSetting): Copier | Absent {
  const built = builtByMaven({ name: 'kafka-streams', folder })
  if ('absent' in built) return { name, absent: built.absent }
  return {
    name, record: 'item', version: `${built.versionOf('kafka-streams-')}, Java ${javaVersion()}`, settings,
    program: ({ broker, brokerPid, warmUp, measured, scratch }) => ({
      file: 'java',
      parameters: [
        '-cp', built.classPath, 'bench.CopyTopic', broker, String(brokerPid),
        ...[warmUp, measured].flatMap(({ from, to, items }) => [from, to, String(items)]),
        scratch, ...Object.entries(properties).map(([property, value]) => `${property}=${value}`),
      ],
    }),
  }
}
