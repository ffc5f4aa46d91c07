// Who may ask: on loopback whoever names it so (a page that another name was rebound for does not), elsewhere whoever has the token.
import { createHash, timingSafeEqual } from 'node:crypto'
import { BlockList, isIP } from 'node:net'

export interface Access {
  /** Where the server listens. */
  readonly host: string
  readonly token?: string | undefined
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

export function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'))
}

/** Why a request is refused; undefined where it is not. */
export function refusalOf(headers: Headers, { host, token }: Access): { readonly status: 401 | 403; readonly message: string } | undefined {
  const asked = nameIn(headers.get('host'))
  if (isLoopback(host) && (asked === undefined || !(isLoopback(asked) || asked === host))) return { status: 403, message: `this server answers to localhost only, not to the Host '${asked ?? ''}'` }
  const origin = headers.get('origin')
  if (origin !== null && nameIn(URL.parse(origin)?.host ?? null) !== asked) return { status: 403, message: 'pages of other origins are refused' }
  if (token !== undefined && !isToken(headers.get('authorization'), token)) return { status: 401, message: "the header 'Authorization: Bearer TOKEN' is missing or wrong" }
  return undefined
}

/** Without its port. */
function nameIn(host: string | null): string | undefined {
  const hostname = host === null ? undefined : URL.parse(`http://${host}`)?.hostname
  return hostname?.replace(/^\[|\]$/g, '')
}

function isToken(given: string | null, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return given !== null && timingSafeEqual(digest(given), digest(`Bearer ${token}`))
}
