// The pod that runs a worker: restricted, without a token for the API, and seeing nothing but its own item. With several workers those before the
// last are init containers, each seeing what the one before left.
import { OptionError } from '../../model/errors.ts'

export interface WorkerPodOptions {
  readonly image: string
  readonly workers: readonly { readonly command: string; readonly image?: string | undefined }[]
  readonly timeoutMs?: number | undefined
  readonly memoryBytes?: number | undefined
  readonly cpu?: number | undefined
  readonly environment: Readonly<Record<string, string>>
  readonly itemsPerPod: number
}

const itemFile = '/batchwork/item'
const scratch = '/batchwork/scratch'
const scratchSize = '1Gi'
/** As distroless images call 'nonroot'; any other than 0 would do. */
const userId = 65_532

/** Ends like the command; what it left is the item of the next, or the item it got. */
const stepScript = `sh -c "$1" || exit
if [ -s "$WORK_RESULT_FILE" ]; then cp "$WORK_RESULT_FILE" "$2"; else cp "$WORK_ITEM_FILE" "$2"; fi`

/** One JSON document a line. The exit code of each goes to the termination message; 65 in the end says that one or more failed. */
const linesScript = `failed=0
while IFS= read -r line || [ -n "$line" ]; do
  printf '%s' "$line" > "$WORK_ITEM_FILE"
  rm -f "$WORK_RESULT_FILE"
  sh -c "$1" < /dev/null
  code=$?
  printf '%s ' "$code" >> /dev/termination-log
  [ "$code" -eq 0 ] || failed=65
done < ${itemFile}
exit "$failed"`

/** The spec of the pods of a chunk whose items are in this ConfigMap, one key for each completion index. */
export function workerPodSpec(options: WorkerPodOptions, configMap: string): object {
  const containers = containersOf(options)
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: userId, runAsGroup: userId, fsGroup: userId, seccompProfile: { type: 'RuntimeDefault' } },
    ...(options.timeoutMs !== undefined && { activeDeadlineSeconds: Math.max(1, Math.ceil(options.timeoutMs / 1000)) * options.itemsPerPod }),
    ...(containers.length > 1 && { initContainers: containers.slice(0, -1) }),
    containers: containers.slice(-1),
    volumes: [{ name: 'items', configMap: { name: configMap } }, { name: 'scratch', emptyDir: { sizeLimit: scratchSize } }],
  }
}

export function checkWorkerPod({ workers, itemsPerPod }: WorkerPodOptions): void {
  if (itemsPerPod === 1 || workers.length === 1) return
  const expected = workers.length === 0 ? "1 for the image's own entrypoint, or a command to run for each item (--worker)" : '1 where several workers run one after another'
  throw new OptionError('itemsPerPod', itemsPerPod, expected)
}

function containersOf(options: WorkerPodOptions): readonly object[] {
  const { workers, itemsPerPod } = options
  if (workers.length === 0) return [container(options, 'worker', options.image, undefined, itemFile)]
  if (itemsPerPod > 1) return [container(options, 'worker', workers[0]!.image ?? options.image, ['sh', '-c', linesScript, 'sh', workers[0]!.command], `${scratch}/item`)]
  return workers.map(({ command, image }, step) => {
    const isLast = step === workers.length - 1
    const words = isLast ? ['sh', '-c', command] : ['sh', '-c', stepScript, 'sh', command, `${scratch}/item-${step + 1}`]
    return container(options, isLast ? 'worker' : `worker-${step + 1}`, image ?? options.image, words, step === 0 ? itemFile : `${scratch}/item-${step}`, step + 1)
  })
}

function container({ environment, memoryBytes, cpu }: WorkerPodOptions, name: string, image: string, words: readonly string[] | undefined, workItemFile: string, step = 1): object {
  const limits = { ...(memoryBytes !== undefined && { memory: String(memoryBytes) }), ...(cpu !== undefined && { cpu: `${Math.ceil(cpu * 1000)}m` }) }
  const values = { HOME: scratch, TMPDIR: scratch, ...environment, WORK_ITEM_FILE: workItemFile, WORK_RESULT_FILE: `${scratch}/result-${step}` }
  return {
    name,
    image,
    ...(words && { command: words.map(literal) }),
    env: Object.entries(values).map(([key, value]) => ({ name: key, value: literal(value) })),
    ...(Object.keys(limits).length > 0 && { resources: { limits, requests: limits } }),
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'items', mountPath: itemFile, subPathExpr: '$(JOB_COMPLETION_INDEX)', readOnly: true },
      { name: 'scratch', mountPath: scratch },
    ],
  }
}

/** Kubernetes replaces $(NAME), and $$ by one $: a shell's own are kept from it. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$')
}
