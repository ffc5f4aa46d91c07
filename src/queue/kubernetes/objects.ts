// The part of Kubernetes' objects that a queue reads and writes. What is sent is checked in full by the API server (fieldValidation=Strict).
export interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string; readonly controller?: boolean }[]
}

export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
}

export interface ConfigMap extends KubernetesObject {
  readonly immutable?: boolean
  readonly data?: Readonly<Record<string, string>>
  readonly binaryData?: Readonly<Record<string, string>>
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

export interface Job extends KubernetesObject {
  readonly spec: {
    readonly parallelism?: number
    readonly completions?: number
    readonly suspend?: boolean
  } & Readonly<Record<string, unknown>>
  readonly status?: {
    readonly active?: number
    readonly failed?: number
    readonly completedIndexes?: string
    readonly failedIndexes?: string
    readonly conditions?: readonly Condition[]
  }
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string }
}

export interface ContainerStatus {
  readonly name: string
  readonly state?: ContainerState
}

export interface Pod extends KubernetesObject {
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly message?: string
    readonly conditions?: readonly Condition[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}

export interface Lease extends KubernetesObject {
  readonly spec: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}

export interface ClusterEvent extends KubernetesObject {
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly involvedObject: { readonly kind?: string; readonly name?: string }
}

export interface ObjectList<T> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items: readonly T[]
}

/** Path of each kind below a namespace. */
export const kinds = {
  jobs: { path: '/apis/batch/v1', plural: 'jobs' },
  configmaps: { path: '/api/v1', plural: 'configmaps' },
  pods: { path: '/api/v1', plural: 'pods' },
  events: { path: '/api/v1', plural: 'events' },
  leases: { path: '/apis/coordination.k8s.io/v1', plural: 'leases' },
} as const

export type Kind = keyof typeof kinds
