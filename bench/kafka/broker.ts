// The broker of the benchmark kafka: that of the tests, with the memory and the compiler that Kafka's own start script gives.
import { spawnSync } from 'node:child_process'
import { startBroker, type Broker } from '../../test/kafka/broker-process.ts'
import { inFreshFolder } from '../measure/folder.ts'

/** Java puts these after the parameters of the tests, which are for a short life. */
const javaOptions = '-Xms1g -Xmx1g -XX:TieredStopAtLevel=4 -XX:-UseSerialGC -XX:+UseG1GC -XX:MaxGCPauseMillis=20'

const signals = ['SIGINT', 'SIGTERM'] as const

export const brokerSettings = `one broker, KRaft, 1 GB and G1 as kafka-server-start has it, 2 network and 2 I/O threads, replication 1, no sync at a commit (Kafka's default)`

export async function withBroker<Result>(use: (broker: Broker & { readonly pid: number }) => Promise<Result>): Promise<Result> {
  if (spawnSync('java', ['-version']).error) throw new Error('There is no Java, which the Kafka broker needs; expected 17 or later (on Debian: apt-get install default-jre-headless).')
  return inFreshFolder(async folder => {
    const before = process.env['_JAVA_OPTIONS']
    process.env['_JAVA_OPTIONS'] = javaOptions
    const broker = await startBroker(folder).finally(() => {
      if (before === undefined) delete process.env['_JAVA_OPTIONS']
      else process.env['_JAVA_OPTIONS'] = before
    })
    const endWithUs = () => void broker.child.kill('SIGKILL')
    const exit = () => process.exit(1)
    process.once('exit', endWithUs)
    for (const signal of signals) process.once(signal, exit)
    try {
      return await use({ ...broker, pid: broker.child.pid! })
    } finally {
      process.off('exit', endWithUs)
      for (const signal of signals) process.off(signal, exit)
      await broker.kill()
    }
  })
}
