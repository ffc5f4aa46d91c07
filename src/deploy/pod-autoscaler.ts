// Adds and ends processes by what they use, or by a metric that the cluster knows: a HorizontalPodAutoscaler, which needs no KEDA. It never ends the last one.
import { metadataOf, type Identity } from './labels.ts'
import type { Metric, MetricScaling } from './processes.ts'

export function podAutoscaler(identity: Identity, { min, metric }: MetricScaling, processesMax: number): object {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(identity),
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: identity.name }, minReplicas: min, maxReplicas: processesMax, metrics: [metricSpec(metric)] },
  }
}

function metricSpec(metric: Metric): object {
  if (metric.kind === 'cpu') return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: metric.percent } } }
  const { name, perProcess, labels } = metric
  const selector = Object.keys(labels).length > 0 ? { selector: { matchLabels: labels } } : {}
  return { type: 'External', external: { metric: { name, ...selector }, target: { type: 'AverageValue', averageValue: perProcess } } }
}
