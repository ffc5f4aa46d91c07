// Starts processes while there is work, and ends them when there is none: a ScaledObject of KEDA, which asks the brokers for the lag.
import { BatchworkError } from '../model/errors.ts'
import type { BacklogTrigger } from './backlog-triggers.ts'
import type { Brokers, Mechanism } from './brokers.ts'
import type { Configuration } from './configuration.ts'
import { metadataOf, type Identity } from './labels.ts'
import type { LagScaling } from './processes.ts'

export interface ByLag {
  readonly scaling: LagScaling
  readonly processesMax: number
  readonly triggers: readonly BacklogTrigger[]
}

interface SecretParameter {
  readonly parameter: string
  readonly name: string
  readonly key: string
}

const pollingSeconds = 10
/** Kafka 4 speaks to no client of an older version; KEDA's default is older. */
const protocolVersion = '2.1.0'
const saslNames: Readonly<Partial<Record<Mechanism, string>>> = { PLAIN: 'plaintext', 'SCRAM-SHA-256': 'scram_sha256', 'SCRAM-SHA-512': 'scram_sha512' }

/** The TriggerAuthentication, where the brokers want one, and the ScaledObject. Throws BatchworkError for what KEDA cannot be told. */
export function scaledObject(identity: Identity, { scaling: { min, cooldownMs }, processesMax, triggers }: ByLag, brokers: Brokers, configuration: Configuration): readonly object[] {
  const parameters = [...credentials(brokers, configuration), ...certificates(brokers, configuration)]
  const authentication = { apiVersion: 'keda.sh/v1alpha1', kind: 'TriggerAuthentication', metadata: metadataOf(identity), spec: { secretTargetRef: parameters } }
  const scaled = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: metadataOf(identity),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: identity.name },
      minReplicaCount: min,
      maxReplicaCount: processesMax,
      pollingInterval: pollingSeconds,
      ...(cooldownMs !== undefined && { cooldownPeriod: Math.ceil(cooldownMs / 1_000) }),
      triggers: triggers.map(each => ({ type: 'kafka', metadata: triggerMetadata(each, brokers), ...(parameters.length > 0 && { authenticationRef: { name: identity.name } }) })),
    },
  }
  return parameters.length > 0 ? [authentication, scaled] : [scaled]
}

function triggerMetadata({ group, topic, partition, idleLag, lagPerProcess }: BacklogTrigger, { servers, isTls, mechanism }: Brokers): Readonly<Record<string, string>> {
  return {
    bootstrapServers: servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(','),
    consumerGroup: group,
    topic,
    ...(partition !== undefined && { partitionLimitation: String(partition) }),
    activationLagThreshold: String(idleLag),
    ...(lagPerProcess !== undefined && { lagThreshold: String(lagPerProcess) }),
    // Nothing committed yet is all of it: an empty topic is no work, and a full one is.
    offsetResetPolicy: 'earliest',
    version: protocolVersion,
    ...(isTls && { tls: 'enable' }),
    ...(mechanism && { sasl: saslName(mechanism) }),
  }
}

function saslName(mechanism: Mechanism): string {
  const name = saslNames[mechanism]
  if (name === undefined) throw new BatchworkError('USAGE', `--autoscale keda cannot log in to brokers by ${mechanism}; use ${Object.keys(saslNames).join(', ')}, or leave --autoscale out`)
  return name
}

function credentials({ mechanism }: Brokers, { secrets }: Configuration): readonly SecretParameter[] {
  if (mechanism === undefined) return []
  return (['USER', 'PASSWORD'] as const).map(part => {
    const found = secrets.find(({ name }) => name === `BATCHWORK_KAFKA_${part}`)
    if (!found) throw new BatchworkError('USAGE', `--autoscale keda logs in to the brokers too, from Secrets: give --secret-env BATCHWORK_KAFKA_${part}=SECRET:KEY`)
    return { parameter: part === 'USER' ? 'username' : 'password', name: found.secret, key: found.key }
  })
}

function certificates({ files }: Brokers, { mounts }: Configuration): readonly SecretParameter[] {
  return [...files].map(([parameter, path]) => {
    const at = path.lastIndexOf('/')
    const mount = mounts.find(({ kind, folder }) => kind === 'secret' && folder === path.slice(0, at))
    if (!mount) throw new BatchworkError('USAGE', `--autoscale keda needs the brokers' ${parameter} too, from a Secret: ${path} must be in a folder of --secret-files`)
    return { parameter, name: mount.object, key: path.slice(at + 1) }
  })
}
