// What all objects of one deployed pipeline have in common, and how they find each other.

export interface Identity {
  /** Of all objects. */
  readonly name: string
  readonly namespace?: string | undefined
  /** Of the pipeline, as it is written in its file. */
  readonly pipeline: string
}

export interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export function metadataOf({ name, namespace, pipeline }: Identity): Metadata {
  return { name, ...(namespace !== undefined && { namespace }), labels: labelsOf(name), annotations: { 'batchwork.dev/pipeline': pipeline } }
}

export function labelsOf(name: string): Readonly<Record<string, string>> {
  return { ...selectorOf(name), 'app.kubernetes.io/component': 'pipeline', 'app.kubernetes.io/managed-by': 'batchwork' }
}

/** Never changed: a Deployment's selector is immutable. */
export function selectorOf(name: string): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': 'batchwork', 'app.kubernetes.io/instance': name }
}
