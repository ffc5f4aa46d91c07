// Which addresses a work source may be dialled at. A name is resolved once, every address it has is checked, and one of those checked is dialled: a
// name that means another address the next time it is asked for leads nowhere else.
import { lookup as resolve, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { SourceError } from './source-error.ts'

type Kind = 'private' | 'link-local' | 'public'

const lists: Readonly<Record<Exclude<Kind, 'public'>, BlockList>> = { private: new BlockList(), 'link-local': new BlockList() }
for (const [network, prefix] of [['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['224.0.0.0', 3]] as const) lists.private.addSubnet(network, prefix)
for (const [network, prefix] of [['::', 128], ['::1', 128], ['64:ff9b:1::', 48], ['fc00::', 7], ['ff00::', 8]] as const) lists.private.addSubnet(network, prefix, 'ipv6')
lists['link-local'].addSubnet('169.254.0.0', 16)
lists['link-local'].addSubnet('fe80::', 10, 'ipv6')

export function kindOf(address: string): Kind {
  const plain = embeddedIPv4(address) ?? address
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  if (lists['link-local'].check(plain, family)) return 'link-local'
  return lists.private.check(plain, family) ? 'private' : 'public'
}

/** ::ffff:10.0.0.1 and 64:ff9b::10.0.0.1 lead where 10.0.0.1 does. */
function embeddedIPv4(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined
  const { hostname } = new URL(`http://[${address.replace(/%.*$/, '')}]`)
  const match = /^\[(?:::ffff:|64:ff9b::)([\da-f]{1,4}):([\da-f]{1,4})\]$/.exec(hostname)
  if (!match) return undefined
  const [high, low] = [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** An address given as it is means itself; link-local ones, where clouds keep their credentials, have to be allowed. Throws SourceError. */
export function checkLiteral(host: string, allowed: ReadonlySet<string>): void {
  const address = host.replace(/^\[|\]$/g, '')
  if (isIP(address) && kindOf(address) === 'link-local' && !allowed.has(address)) throw refused(host, address, 'link-local')
}

export function checkedLookup(allowed: ReadonlySet<string>, resolveName: typeof resolve = resolve): LookupFunction {
  return (host, options, callback) => {
    resolveName(host, { family: options.family as number, hints: options.hints, all: true, order: 'verbatim' } as { all: true }, (error, found: LookupAddress[]) => {
      if (error) return callback(error, '', 0)
      const wrong = host === 'localhost' || allowed.has(host) ? undefined : found.find(({ address }) => kindOf(address) !== 'public')
      if (wrong) return callback(refused(host, wrong.address, kindOf(wrong.address)), '', 0)
      return options.all ? callback(null, found) : callback(null, found[0]!.address, found[0]!.family)
    })
  }
}

function refused(host: string, address: string, kind: string): SourceError {
  return new SourceError(`work source: ${host === address ? `${address} is` : `the name '${host}' leads to ${address},`} a ${kind} address, which is refused unless it is meant: allow it by name (allow: ['${host}'], or --allow ${host})`)
}
