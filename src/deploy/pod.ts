// The pod of a process that runs a pipeline: under the restricted standard, without a token for the cluster, and with one folder that it may write.
import { createHash } from 'node:crypto'
import type { Configuration, Mount } from './configuration.ts'
import { labelsOf, selectorOf } from './labels.ts'
import { workFolder } from './work-folder.ts'

export interface PodOptions {
  readonly name: string
  readonly image: string
  readonly pullSecrets: readonly string[]
  /** Of `batchwork`, which is the image's entrypoint. */
  readonly words: readonly string[]
  /** Of the run that a Job makes. Default: the Job's uid. */
  readonly once?: string | undefined
  readonly engine: string
  readonly configuration: Configuration
  /** Kubernetes quantities. */
  readonly memory: string
  readonly cpu: string
  readonly disk: string
  readonly graceMs: number
  /** Pods that there may be at once. */
  readonly processesMax: number
}

/** As distroless images call 'nonroot'; any other than 0 would do. */
const userId = 65_532
/** To commit, and to leave the group, when what was at work is done. */
const leavingSeconds = 15

/** What the ConfigMap holds. */
export function valuesOf({ engine, configuration }: Pick<PodOptions, 'engine' | 'configuration'>): Readonly<Record<string, string>> {
  return { BATCHWORK_ENGINE: engine, ...Object.fromEntries([...configuration.values].toSorted(([left], [right]) => (left < right ? -1 : 1))) }
}

/** Of which Job the pod is. The run is begun once under this name, so that a pod which comes after its end does not begin another. */
const jobVariable = { name: 'BATCHWORK_JOB', valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']" } } }
const onceByJob = `--once=$(${jobVariable.name})`

/** A Job must not restart its containers: it judges pods by their exit code. */
export function podTemplate(options: PodOptions, restartPolicy: 'Never' | 'Always'): object {
  const { name, pullSecrets, configuration } = options
  return {
    // Pods do not notice another ConfigMap of the same name; with this they are replaced.
    metadata: { labels: labelsOf(name), annotations: { 'batchwork.dev/configuration': digestOf(valuesOf(options)) } },
    spec: {
      restartPolicy,
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: Math.ceil(options.graceMs / 1_000) + leavingSeconds,
      securityContext: { runAsNonRoot: true, runAsUser: userId, runAsGroup: userId, fsGroup: userId, seccompProfile: { type: 'RuntimeDefault' } },
      ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map(secret => ({ name: secret })) }),
      ...(options.processesMax > 1 && { topologySpreadConstraints: spread(name) }),
      containers: [container(options, restartPolicy === 'Never')],
      volumes: [{ name: 'work', emptyDir: { sizeLimit: options.disk } }, ...configuration.mounts.map(volume)],
    },
  }
}

/** A node or a zone that fails takes no more of them with it than it must. Where there is no room elsewhere, together is better than not at all. */
function spread(name: string): readonly object[] {
  return ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(topologyKey => ({ maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: selectorOf(name) } }))
}

function container({ name, image, words: [command, file, ...words], once, configuration, memory, cpu }: PodOptions, isOfJob: boolean): object {
  return {
    name: 'pipeline',
    image,
    args: [...[command!, file!].map(literal), ...(isOfJob ? [once === undefined ? onceByJob : literal(`--once=${once}`)] : []), ...words.map(literal)],
    workingDir: workFolder,
    envFrom: [{ configMapRef: { name } }],
    env: [
      { name: 'HOME', value: workFolder }, { name: 'TMPDIR', value: workFolder }, ...(isOfJob && once === undefined ? [jobVariable] : []),
      ...configuration.secrets.map(({ name: variable, secret, key }) => ({ name: variable, valueFrom: { secretKeyRef: { name: secret, key } } })),
    ],
    resources: { requests: { cpu, memory }, limits: { memory } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [{ name: 'work', mountPath: workFolder }, ...configuration.mounts.map(({ kind, folder }, index) => ({ name: volumeName(index), mountPath: folder, ...(kind === 'secret' && { readOnly: true }) }))],
  }
}

function volume({ kind, object }: Mount, index: number): object {
  return { name: volumeName(index), ...(kind === 'secret' ? { secret: { secretName: object, defaultMode: 0o440 } } : { persistentVolumeClaim: { claimName: object } }) }
}

function volumeName(index: number): string {
  return `mount-${index + 1}`
}

/** Kubernetes replaces $(NAME), and $$ by one $. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$')
}

function digestOf(values: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16)
}
