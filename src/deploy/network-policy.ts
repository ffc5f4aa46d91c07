// Where a process may connect to: its brokers, name servers, and what was asked for. Nobody connects to it.
import { OptionError } from '../model/errors.ts'
import type { Brokers } from './brokers.ts'
import { metadataOf, selectorOf, type Identity } from './labels.ts'
import { checkNetwork } from './names-and-quantities.ts'

export interface Destination {
  readonly network: string
  /** Undefined: all. */
  readonly port?: number | undefined
}

/** Where most clusters have a name server on each node. */
const nodeNameServer = '169.254.20.10/32'
const namePort = 53

/** 'NETWORK' or 'NETWORK:PORT'; an IPv6 network with a port stands in brackets. */
export function destinationOf(text: string): Destination {
  const match = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text) ?? /^([^:]+)(?::(\d{1,5}))?$/.exec(text)
  const port = match?.[2] === undefined ? undefined : Number(match[2])
  if (port !== undefined && (port < 1 || port > 65_535)) throw new OptionError('--egress', text, "a network, with a port from 1 to 65535 where there is one, such as '10.0.0.0/8:5432'")
  return { network: checkNetwork('--egress', match?.[1] ?? text), port }
}

/** A policy knows no host names: without `brokerNetwork` the brokers' ports are open to any address. */
export function networkPolicy(identity: Identity, { servers }: Brokers, destinations: readonly Destination[], brokerNetwork?: string): object {
  const ports = [...new Set(servers.map(({ port }) => port))].toSorted((left, right) => left - right)
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(identity),
    spec: {
      podSelector: { matchLabels: selectorOf(identity.name) },
      policyTypes: ['Ingress', 'Egress'],
      egress: [
        { ports: ports.map(port => ({ protocol: 'TCP', port })), ...(brokerNetwork !== undefined && { to: [{ ipBlock: { cidr: brokerNetwork } }] }) },
        {
          ports: ['UDP', 'TCP'].map(protocol => ({ protocol, port: namePort })),
          to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }, { ipBlock: { cidr: nodeNameServer } }],
        },
        ...destinations.map(({ network, port }) => ({ ...(port !== undefined && { ports: [{ protocol: 'TCP', port }] }), to: [{ ipBlock: { cidr: network } }] })),
      ],
    },
  }
}
