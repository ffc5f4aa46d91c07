// A broker that speaks TLS: one port wants a user's password too (PLAIN, SCRAM-SHA-256), one a token (OAUTHBEARER, unsigned), one a client's certificate, and one has a
// certificate for another host. One user may do nothing but what it is granted.
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { kafkaClient, type Kafka } from '../../src/logs/kafka/client.ts'
import { startBroker, freePort, type Broker } from './broker-process.ts'
import { authority, keyStore, vouchedFor, type Certified } from './certificates.ts'

export const user = 'ann'
/** What addresses, settings and shells give a meaning of their own is in it. */
export const password = 'se+cr%t/&?=@:#,3'

/** May do nothing at first. */
export const guest = 'bob'
export const guestPassword = 'of-bob'

export const wrongPassword = 'mistaken+&/?'

export interface SecuredBroker {
  readonly broker: Broker
  /** Files, as PEM. */
  readonly ca: string
  readonly strangersCa: string
  readonly client: Certified
  /** As host:port. */
  readonly withPassword: string
  readonly withToken: string
  readonly withCertificate: string
  readonly misnamed: string
}

export async function startSecuredBroker(folder: string): Promise<SecuredBroker> {
  const [trusted, stranger] = await Promise.all([authority(folder, 'authority'), authority(folder, 'stranger')])
  const [own, other, client] = await Promise.all([
    vouchedFor(folder, 'broker', trusted, 'IP:127.0.0.1,DNS:localhost'), vouchedFor(folder, 'other', trusted, 'DNS:elsewhere.example'), vouchedFor(folder, 'client', trusted, 'DNS:client.example'),
  ])
  const [password, token, certificate, misnamed] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const broker = await startBroker(join(folder, 'broker'), undefined, {
    listeners: [{ name: 'PASSWORD', protocol: 'SASL_SSL', port: password }, { name: 'TOKEN', protocol: 'SASL_SSL', port: token }, { name: 'CERTIFICATE', protocol: 'SSL', port: certificate }, { name: 'MISNAMED', protocol: 'SSL', port: misnamed }],
    properties: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': `User:ANONYMOUS;User:${user};User:CN=client`,
      'listener.name.password.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
      'listener.name.token.sasl.enabled.mechanisms': 'OAUTHBEARER',
      ...stores('token', await keyStore(own)),
      'listener.name.token.oauthbearer.sasl.jaas.config': 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
      ...stores('password', await keyStore(own)),
      ...loginsOf('password'),
      ...stores('certificate', await keyStore(own)),
      'listener.name.certificate.ssl.client.auth': 'required',
      'listener.name.certificate.ssl.truststore.type': 'PEM',
      'listener.name.certificate.ssl.truststore.location': trusted.certificate,
      ...stores('misnamed', await keyStore(other)),
    },
  })
  await addScramUser(broker.address)
  const [withPassword, withToken, withCertificate, byAnotherName] = [password, token, certificate, misnamed].map(port => `127.0.0.1:${port}`) as [string, string, string, string]
  return { broker, ca: trusted.certificate, strangersCa: stranger.certificate, client, withPassword, withToken, withCertificate, misnamed: byAnotherName }
}

function stores(listener: string, file: string): Readonly<Record<string, string>> {
  return { [`listener.name.${listener}.ssl.keystore.type`]: 'PEM', [`listener.name.${listener}.ssl.keystore.location`]: file }
}

function loginsOf(listener: string): Readonly<Record<string, string>> {
  const modules = 'org.apache.kafka.common.security'
  return {
    [`listener.name.${listener}.plain.sasl.jaas.config`]: `${modules}.plain.PlainLoginModule required user_${user}="${password}" user_${guest}="${guestPassword}";`,
    [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
  }
}

async function addScramUser(address: string): Promise<void> {
  const { ConnectionPool, alterUserScramCredentialsV0 } = await kafkaClient()
  const pool = new ConnectionPool('add-user', {})
  const [host, port] = address.split(':') as [string, string]
  const [salt, iterations, sha256] = [randomBytes(16), 4_096, 1]
  const saltedPassword = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  await alterUserScramCredentialsV0.api.async(await pool.get({ host, port: Number(port) }), [], [{ name: user, mechanism: sha256, iterations, salt, saltedPassword }])
  await pool.close()
}

/** As a server for sign-in gives it, but unsigned. `forMs`: how long it is good. */
export function tokenFor(name: string, forMs: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const at = Date.now() / 1_000
  return `${part({ alg: 'none' })}.${part({ sub: name, iat: at - 60, exp: at + forMs / 1_000 })}.`
}

export interface Grant {
  readonly to: 'topic' | 'group' | 'transactionalId'
  /** Beginning with it. */
  readonly prefix: string
  readonly operation: 'Read' | 'Write' | 'Describe'
}

/** What the guest may do from now on. */
export async function grant(address: string, grants: readonly Grant[]): Promise<void> {
  const kafka = await kafkaClient()
  const pool = new kafka.ConnectionPool('grant', {})
  const [host, port] = address.split(':') as [string, string]
  await kafka.createAclsV3.api.async(await pool.get({ host, port: Number(port) }), grants.map(each => entryOf(kafka, each)))
  await pool.close()
}

function entryOf({ ResourceTypes, ResourcePatternTypes, AclOperations, AclPermissionTypes }: Kafka, { to, prefix, operation }: Grant) {
  return {
    resourceType: { topic: ResourceTypes.TOPIC, group: ResourceTypes.GROUP, transactionalId: ResourceTypes.TRANSACTIONAL_ID }[to],
    resourceName: prefix, resourcePatternType: ResourcePatternTypes.PREFIXED, principal: `User:${guest}`, host: '*',
    operation: { Read: AclOperations.READ, Write: AclOperations.WRITE, Describe: AclOperations.DESCRIBE }[operation], permissionType: AclPermissionTypes.ALLOW,
  }
}
