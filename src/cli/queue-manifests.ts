// `queue manifests`: what to apply so that a queue's manager runs in a cluster, with its rights and no others, and what its Jobs look like. It takes
// the options of `queue` itself, which commander reads for it.
import type { Command } from 'commander'
import { BatchworkError, OptionError } from '../model/errors.ts'
import type { ManagerOptions } from '../queue/kubernetes/manager-manifests.ts'
import { doing, examples } from './command-parts.ts'
import { settingsOf, type QueueFlags } from './queue-settings.ts'
import { writeLine } from './stdout.ts'

export interface ManifestsFlags extends QueueFlags {
  readonly managerImage?: string | undefined
  readonly jobTemplate?: boolean | undefined
}

const shownItem = { name: 'example', document: '{"example":"the data of an item"}' }

/** Adds the subcommand `manifests`. */
export function addManifestsCommand(queue: Command): void {
  // So that the options of queue may come after the subcommand's name.
  queue.enablePositionalOptions(false)
  queue.command('manifests').description("print what to apply for a queue's manager to run in a cluster; takes the options of queue")
    .option('--manager-image <image>', 'with batchwork and @kubernetes/client-node in it, and batchwork as its entrypoint')
    .option('--job-template', 'print, instead, a ConfigMap and a Job as the manager makes them')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', examples('batchwork queue manifests --source http://source.default:8080 --image example.org/thumbnailer:1 --manager-image example.org/batchwork:1 | kubectl apply -f -'))
    .action(async (_: object, command: Command) => {
      const flags = command.optsWithGlobals<ManifestsFlags>()
      return doing(flags, async () => manifests(flags))
    })
}

/** Prints them: YAML, or with `json` one object a line. */
export async function manifests(flags: ManifestsFlags): Promise<void> {
  const { toYamlDocuments } = await import('../queue/kubernetes/yaml.ts')
  const objects = flags.jobTemplate ? await jobTemplate(flags) : await managerObjects(flags)
  if (flags.json) for (const object of objects) writeLine(JSON.stringify(object))
  else writeLine(toYamlDocuments(objects).trimEnd())
}

async function managerObjects(flags: ManifestsFlags): Promise<readonly object[]> {
  if (flags.managerImage === undefined) throw new BatchworkError('USAGE', '--manager-image is missing: an image with batchwork and @kubernetes/client-node in it')
  if (!/^https?:\/\//.test(flags.source)) throw new OptionError('--source', flags.source, 'the address of a work source, http:// or https://, for the manager has no files of this machine')
  const { environment } = settingsOf({ ...flags, executor: 'kubernetes' })
  const { managerManifests } = await import('../queue/kubernetes/manager-manifests.ts')
  const options: ManagerOptions = { name: flags.name, namespace: flags.namespace ?? 'default', managerImage: flags.managerImage, queueArguments: queueArguments(flags), environment }
  return managerManifests(options)
}

/** The two objects of a chunk of one item; the uid of the ConfigMap is known only when it is there. */
async function jobTemplate(flags: ManifestsFlags): Promise<readonly object[]> {
  const [{ chunkConfigMap, chunkJob }, { chunkName, checkQueueName }, { checkWorkerPod }] = await Promise.all([import('../queue/kubernetes/chunk-objects.ts'), import('../queue/kubernetes/labels.ts'), import('../queue/kubernetes/worker-pod.ts')])
  checkQueueName(flags.name)
  const settings = settingsOf({ ...flags, executor: 'kubernetes' })
  const options = { ...settings, queue: flags.name, image: flags.image!, itemsPerPod: flags.itemsPerPod ?? 1, workers: settings.workers.map(command => ({ command })) }
  checkWorkerPod(options)
  const name = chunkName(flags.name, 1, 1)
  return [chunkConfigMap(flags.name, name, [shownItem], options.itemsPerPod, []), chunkJob(options, name, 'the-uid-of-the-configmap', 1, 1)]
}

/** What was given, as it was given: what was not is the manager's to choose, but for how many pods at once. */
function queueArguments(flags: ManifestsFlags): readonly string[] {
  const { source, image, worker, attempts, timeout, memory, cpu, parallelism = 'auto', maxParallelism, headroom, drainBy, poll, itemsPerJob, itemsPerPod, ttl, metrics, allow = [], env } = flags
  const single = { source, image, attempts, timeout, memory, cpu, parallelism, 'max-parallelism': maxParallelism, headroom, 'drain-by': drainBy, poll, 'items-per-job': itemsPerJob, 'items-per-pod': itemsPerPod, ttl, metrics }
  return [
    ...Object.entries(single).filter(([, value]) => value !== undefined).map(([flag, value]) => `--${flag}=${value}`),
    ...worker.map(command => `--worker=${command}`), ...env.map(name => `--env=${name}`),
    ...(allow.length > 0 ? ['--allow', ...allow] : []), '--json',
  ]
}
