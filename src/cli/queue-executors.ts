// The source and the executor of a queue, from its settings.
import type { Log } from '../log.ts'
import { openRun } from '../client/run-pipeline.ts'
import { realClock } from '../client/real-clock.ts'
import type { ItemSource } from '../queue/item-source.ts'
import type { QueueExecutor } from '../queue/queue-executor.ts'
import type { QueueFlags, QueueSettings } from './queue-settings.ts'

/** Throws SourceError for an address that cannot be one. */
export async function sourceOf({ source, nameField, allow }: QueueFlags): Promise<ItemSource> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) {
    const [{ AddressSource }, { clientOptions }] = await Promise.all([import('../queue/address-source.ts'), import('../sources/work-source.ts')])
    return new AddressSource(source, clientOptions({ allow }))
  }
  const { FileListSource, InputListSource } = await import('../queue/list-source.ts')
  return source === '-' ? new InputListSource(process.stdin, nameField) : new FileListSource(source, nameField)
}

export async function processExecutor(flags: QueueFlags, settings: QueueSettings, log: Log): Promise<QueueExecutor> {
  const { ProcessExecutor } = await import('../queue/processes/process-executor.ts')
  return new ProcessExecutor({
    ...settings, name: flags.name, log, clock: realClock, resultFolder: flags.results,
    begin: (pipeline, begin) => openRun(log, pipeline, { isEndless: true, ...begin, environment: {} }),
  })
}

export async function clusterExecutor(flags: QueueFlags, settings: QueueSettings): Promise<QueueExecutor> {
  const { kubernetesExecutor } = await import('../queue/kubernetes/kubernetes-executor.ts')
  return kubernetesExecutor({
    ...settings, name: flags.name, image: flags.image!, workers: settings.workers.map(command => ({ command })),
    namespace: flags.namespace, itemsPerJob: flags.itemsPerJob, itemsPerPod: flags.itemsPerPod,
  })
}
