// The kubelet of the simulated cluster. A container's command really runs, as a process of this machine: what it would see at a mount's path
// lies in a folder of the pod, and the paths in its arguments and environment are replaced by that folder's. Some images are functions.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Faults } from './faults.ts'
import { resources, type StoredObject } from './objects.ts'
import type { Store } from './store.ts'

// oxlint-disable-next-line typescript/no-explicit-any
type Open = any

export interface ContainerEnd {
  readonly exitCode: number
  readonly message?: string | undefined
}

export interface ContainerRun {
  readonly pod: StoredObject
  readonly container: Open
  readonly environment: Readonly<Record<string, string>>
  /** What is mounted at this path, as text; undefined where nothing is. */
  readonly read: (path: string) => string | undefined
  readonly signal: AbortSignal
}

/** `processes`: the container's command as a process. */
export type Image = 'processes' | ((run: ContainerRun) => Promise<ContainerEnd> | ContainerEnd)

export interface KubeletOptions {
  readonly store: Store
  readonly faults: Faults
  readonly timeScale: number
  readonly images: Readonly<Record<string, Image>>
  readonly onStart: (run: ContainerRun) => void
  readonly cpuMax: number
}

const startMs = 1000

export class Kubelet {
  readonly #options: KubeletOptions
  readonly #running = new Map<string, AbortController>()
  readonly #work = new Set<Promise<void>>()
  #isStopped = false
  podsRun = 0
  runningMax = 0

  constructor(options: KubeletOptions) {
    this.#options = options
    options.store.on(resources.pods, ({ type, object }) => {
      if (type === 'ADDED') this.#begin(object)
      else if (type === 'DELETED') this.#running.get(object.metadata.uid)?.abort()
    })
  }

  get runningNow(): number {
    return this.#running.size
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const controller of this.#running.values()) controller.abort()
    await Promise.all(this.#work)
  }

  #begin(pod: StoredObject): void {
    const controller = new AbortController()
    this.#running.set(pod.metadata.uid, controller)
    this.runningMax = Math.max(this.runningMax, this.#running.size)
    const work = this.#run(pod, controller.signal).finally(() => {
      this.#running.delete(pod.metadata.uid)
      this.#work.delete(work)
    })
    this.#work.add(work)
  }

  async #run(pod: StoredObject, signal: AbortSignal): Promise<void> {
    await pause(startMs * this.#options.timeScale, signal)
    if (!(await this.#isReadyToStart(pod, signal)) || signal.aborted) return
    this.podsRun++
    this.#report(pod, { phase: 'Running', startTime: new Date().toISOString(), conditions: [scheduled()] })
    if (this.#options.faults.happens('evict')) return this.#report(pod, evicted(pod))
    const folder = { path: undefined as string | undefined }
    try {
      await this.#runContainers(pod, signal, folder)
    } finally {
      if (folder.path !== undefined) rmSync(folder.path, { recursive: true, force: true })
    }
  }

  /** A real one waits, and tells why in the pod's status alone. */
  async #isReadyToStart(pod: StoredObject, signal: AbortSignal): Promise<boolean> {
    const { spec } = pod
    if (cpuOf(spec) > this.#options.cpuMax) {
      this.#report(pod, { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.' }] })
      return false
    }
    const missing = containersOf(spec).find(({ image }) => this.#options.images[image] === undefined)
    if (missing) {
      this.#report(pod, { phase: 'Pending', conditions: [scheduled()], containerStatuses: [{ name: missing.name, image: missing.image, imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${missing.image}"` } } }] })
      return false
    }
    for (const { configMap } of spec.volumes ?? []) {
      if (!configMap) continue
      while (!this.#options.store.find(resources.configmaps, configMap.name)) {
        if (signal.aborted || this.#isStopped) return false
        await pause(20, signal)
      }
    }
    return true
  }

  async #runContainers(pod: StoredObject, signal: AbortSignal, folder: { path: string | undefined }): Promise<void> {
    const { initContainers = [], containers } = pod.spec
    const initContainerStatuses: Open[] = []
    for (const container of initContainers) {
      const status = await this.#runContainer(pod, container, signal, folder)
      initContainerStatuses.push(status)
      if (signal.aborted) return
      if (status.state.terminated.exitCode !== 0) return this.#report(pod, { phase: 'Failed', conditions: [scheduled()], initContainerStatuses, containerStatuses: containers.map(({ name, image }: Open) => ({ name, image, imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: 'PodInitializing' } } })) })
    }
    const containerStatuses = await Promise.all(containers.map((container: Open) => this.#runContainer(pod, container, signal, folder)))
    if (signal.aborted) return
    const isDone = containerStatuses.every((status: Open) => status.state.terminated.exitCode === 0)
    this.#report(pod, { phase: isDone ? 'Succeeded' : 'Failed', conditions: [scheduled()], ...(initContainerStatuses.length > 0 && { initContainerStatuses }), containerStatuses })
  }

  async #runContainer(pod: StoredObject, container: Open, signal: AbortSignal, folder: { path: string | undefined }): Promise<Open> {
    const startedAt = new Date().toISOString()
    const { message, exitCode } = await this.#runImage(pod, container, signal, folder)
    const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt, finishedAt: new Date().toISOString(), ...(message && { message: message.slice(0, 4096) }) }
    return { name: container.name, image: container.image, imageID: 'simulated', ready: false, restartCount: 0, state: { terminated } }
  }

  async #runImage(pod: StoredObject, container: Open, signal: AbortSignal, folder: { path: string | undefined }): Promise<ContainerEnd> {
    const environment = environmentOf(pod, container)
    const read = (path: string): string | undefined => this.#mounted(pod, container, environment, path)
    const run: ContainerRun = { pod, container, environment, read, signal }
    this.#options.onStart(run)
    const image = this.#options.images[container.image]!
    if (image !== 'processes') return image(run)
    folder.path ??= mkdtempSync(join(tmpdir(), 'simulated-pod-'))
    return this.#runProcess(run, folder.path)
  }

  async #runProcess({ pod, container, environment, read, signal }: ContainerRun, folder: string): Promise<ContainerEnd> {
    const termination = container.terminationMessagePath ?? '/dev/termination-log'
    const terminationFile = join(folder, `termination-${container.name}`)
    writeFileSync(terminationFile, '')
    const places: [string, string][] = [[termination, terminationFile]]
    for (const mount of container.volumeMounts ?? []) places.push([mount.mountPath, this.#lay(pod, mount, read, folder)])
    const moved = (text: string): string => places.reduce((result, [from, to]) => result.replaceAll(from, to), text)
    const [program, ...parameters] = [...(container.command ?? []), ...(container.args ?? [])].map(word => moved(expand(word, environment)))
    const env = { PATH: process.env['PATH'], ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, moved(value)])) }
    const { code, output } = await ended(program!, parameters, env, folder, signal, pod.spec.activeDeadlineSeconds)
    const message = readFileSync(terminationFile, 'utf8') || (code !== 0 && container.terminationMessagePolicy === 'FallbackToLogsOnError' ? output.slice(-2048) : '')
    logs.set(`${pod.metadata.name}/${container.name}`, output.slice(-65_536))
    return { exitCode: code, message }
  }

  /** A mount as a file or folder below the pod's own; a container sees nothing of the volume but what its sub-path names. */
  #lay(pod: StoredObject, mount: Open, read: (path: string) => string | undefined, folder: string): string {
    const volume = pod.spec.volumes.find(({ name }: Open) => name === mount.name)
    const place = join(folder, 'volumes', mount.name, volume.emptyDir ? '' : mount.mountPath.replaceAll('/', '_'))
    if (volume.emptyDir) mkdirSync(place, { recursive: true })
    else {
      mkdirSync(dirname(place), { recursive: true })
      writeFileSync(place, read(mount.mountPath) ?? '')
    }
    return place
  }

  #mounted(pod: StoredObject, container: Open, environment: Readonly<Record<string, string>>, path: string): string | undefined {
    const mount = (container.volumeMounts ?? []).find(({ mountPath }: Open) => mountPath === path)
    const volume = mount && (pod.spec.volumes ?? []).find(({ name }: Open) => name === mount.name)
    const map = volume?.configMap && this.#options.store.find(resources.configmaps, volume.configMap.name)
    if (!map) return undefined
    const key = mount.subPathExpr ? expand(mount.subPathExpr, environment) : mount.subPath
    const { data = {}, binaryData = {} } = map
    return data[key] ?? (binaryData[key] === undefined ? undefined : Buffer.from(binaryData[key], 'base64').toString())
  }

  #report(pod: StoredObject, status: Open): void {
    const current = this.#options.store.find(resources.pods, pod.metadata.name)
    if (current === undefined || current.metadata.uid !== pod.metadata.uid) return
    if (status.phase === 'Succeeded' || status.phase === 'Failed') this.#running.delete(pod.metadata.uid)
    this.#options.store.update(resources.pods, { ...current, status: { ...current['status'], ...status } })
  }
}

/** What containers wrote, for pods/log. */
export const logs = new Map<string, string>()

function scheduled(): Open {
  return { type: 'PodScheduled', status: 'True' }
}

function evicted({ spec }: StoredObject): Open {
  return {
    phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.',
    conditions: [scheduled(), { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message: 'The node was low on resource: memory.' }],
    containerStatuses: spec.containers.map(({ name, image }: Open) => ({ name, image, imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } } })),
  }
}

function containersOf(spec: Open): readonly Open[] {
  return [...(spec.initContainers ?? []), ...spec.containers]
}

function cpuOf(spec: Open): number {
  return Math.max(...containersOf(spec).map(({ resources: wanted }) => {
    const text = String(wanted?.requests?.cpu ?? wanted?.limits?.cpu ?? '0')
    return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text)
  }))
}

function environmentOf(pod: StoredObject, container: Open): Record<string, string> {
  const environment: Record<string, string> = { JOB_COMPLETION_INDEX: pod.metadata.annotations!['batch.kubernetes.io/job-completion-index']!, HOSTNAME: pod.spec.hostname }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const field = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(valueFrom?.fieldRef?.fieldPath ?? '')
    environment[name] = field ? (pod.metadata[field[1] as 'labels']?.[field[2]!] ?? '') : valueFrom?.fieldRef?.fieldPath === 'metadata.name' ? pod.metadata.name : expand(value ?? '', environment)
  }
  return environment
}

/** `$(NAME)` of what is known; `$$` is a dollar. */
function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/g, (all, name?: string) => (name === undefined ? '$' : environment[name] ?? all))
}

async function ended(program: string, parameters: readonly string[], env: NodeJS.ProcessEnv, cwd: string, signal: AbortSignal, deadlineSeconds: number | undefined): Promise<{ readonly code: number; readonly output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly code: number; readonly output: string }>()
  const child = spawn(program, parameters, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch { /* it is gone */ }
  }
  const timer = deadlineSeconds === undefined ? undefined : setTimeout(kill, deadlineSeconds * 1000)
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output = (output + data.toString()).slice(-131_072) })
  signal.addEventListener('abort', kill, { once: true })
  child.once('error', error => resolve({ code: 127, output: String(error) }))
  child.once('close', (code, killedBy) => resolve({ code: code ?? (killedBy === 'SIGKILL' ? 137 : 143), output }))
  const end = await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', kill)
  return end
}

async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  if (waitMs <= 0 || signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, waitMs)
  const end = (): void => {
    clearTimeout(timer)
    resolve()
  }
  signal.addEventListener('abort', end, { once: true })
  await promise
  signal.removeEventListener('abort', end)
}
