// A real broker that speaks TLS and wants credentials: what works with the right ones, and what a person is told who gives others.
import { deepEqual, equal, match } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { connect, items, jsonLinesFile, kafka, pipeline, type Engine } from '../../src/index.ts'
import { openKafka } from '../../src/logs/kafka/kafka-log.ts'
import { needs } from '../needs.ts'
import { authority, vouchedFor } from './certificates.ts'
import { ended } from './copy-run.ts'
import { testPermissions } from './permissions.ts'
import { password, startSecuredBroker, tokenFor, user, wrongPassword, type SecuredBroker } from './secured-broker.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const fixture = fileURLToPath(new URL('fixtures/hundred.ts', import.meta.url))
const doubled = Array.from({ length: 100 }, (_, number) => number * 2)
const credentials = { BATCHWORK_KAFKA_USER: user, BATCHWORK_KAFKA_PASSWORD: password }

describe('a broker with TLS', { skip: needs('java', 'openssl') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-kafka-secured-'))
  let secured: SecuredBroker
  before(async () => {
    secured = await startSecuredBroker(folder)
  })
  after(async () => {
    await secured?.broker.kill()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const ca = () => readFileSync(secured.ca)

  for (const mechanism of ['SCRAM-SHA-256', 'PLAIN'] as const) {
    test(`100 items pass through a program that gives a user's password by ${mechanism}`, async () => {
      await assertRuns(kafka({ brokers: secured.withPassword, prefix: randomUUID(), tls: { ca: ca() }, sasl: { mechanism, username: user, password } }))
    })

    test(`100 items pass through the command line, with the password for ${mechanism} in the environment`, async () => {
      const { code, errors, numbers } = await runCommand(`kafka+tls://${secured.withPassword}/${randomUUID()}?ca=${secured.ca}&mechanism=${mechanism}`, credentials)
      equal(code, 0, errors)
      deepEqual(numbers(), doubled)
    })

    test(`a wrong password for ${mechanism} is said to be wrong, at once, and shown nowhere`, async () => {
      const error = await failureOf(`kafka+tls://${user}:${encodeURIComponent(wrongPassword)}@${secured.withPassword}?ca=${secured.ca}&mechanism=${mechanism}`)
      equal(error.code, 'SASL_AUTHENTICATION_FAILED')
      match(error.message, /did not accept the credentials; check mechanism, user and password/)
    })
  }

  test('100 items pass through a program that gives a token, and one that is over is said to be refused', async () => {
    const engine = (forMs: number) => kafka({ brokers: secured.withToken, prefix: randomUUID(), tls: { ca: ca() }, sasl: { mechanism: 'OAUTHBEARER', token: tokenFor(user, forMs) } })
    await assertRuns(engine(600_000))
    const error = await connect({ engine: engine(-1_000) }).then(() => undefined, (failure: Error) => failure)
    match(error!.message, /SASL_AUTHENTICATION_FAILED: .*BATCHWORK_KAFKA_TOKEN/)
  })

  testPermissions(() => secured)

  test('100 items pass through a program that shows a certificate of its own', async () => {
    const { certificate, key } = secured.client
    await assertRuns(kafka({ brokers: secured.withCertificate, prefix: randomUUID(), tls: { ca: ca(), cert: readFileSync(certificate), key: readFileSync(key) } }))
  })

  test('a password in the address may hold any character: written with % before the host, and a plus as it is in a setting', async () => {
    const prefix = randomUUID()
    for (const address of [
      `kafka+tls://${user}:${encodeURIComponent(password)}@${secured.withPassword}/${prefix}?ca=${secured.ca}`,
      `kafka+tls://${secured.withPassword}/${prefix}?ca=${secured.ca}&user=${user}&password=${encodeURIComponent(password).replace('%2B', '+')}`,
    ]) await (await openKafka(address)).close()
  })

  test('a wrong password on the command line ends it with what to check, without the password', async () => {
    const { code, errors, output } = await runCommand(`kafka+tls://${user}:${encodeURIComponent(wrongPassword)}@${secured.withPassword}?ca=${secured.ca}`, {})
    equal(code, 1)
    match(errors, /SASL_AUTHENTICATION_FAILED: the broker did not accept the credentials; check mechanism, user and password/)
    assertNoSecret(errors + output)
  })

  const refused: Readonly<Record<string, [address: () => string, code: string, message: RegExp]>> = {
    'a certificate that nobody known vouches for': [() => `kafka+tls://${login}${secured.withPassword}`, 'CERTIFICATE', /is not trusted; give the certificate of the authority that signed it, as PEM: ca=FILE in the address, or tls\.ca/],
    'a certificate that another than the given authority vouches for': [() => `kafka+tls://${login}${secured.withPassword}?ca=${secured.strangersCa}`, 'CERTIFICATE', /is not trusted; give the certificate/],
    'a certificate for another host': [() => `kafka+tls://${secured.misnamed}?ca=${secured.ca}`, 'CERTIFICATE_NAME', /is for other hosts; give the broker by a name that is in it/],
    'no TLS to a port with TLS': [() => `kafka://${secured.misnamed}`, 'TLS_REQUIRED', /speaks TLS at this port; begin the address with kafka\+tls:/],
    'no TLS to a port with TLS, and a password': [() => `kafka://${login}${secured.withPassword}`, 'UNREACHABLE', /the broker ended the connection: it may want TLS \(kafka\+tls:/],
    'TLS to a port without': [() => `kafka+tls://${login}${secured.broker.address}?ca=${secured.ca}`, 'UNREACHABLE', /it may not speak TLS at this port: begin the address with kafka:/],
    'no password': [() => `kafka+tls://${secured.withPassword}?ca=${secured.ca}`, 'UNREACHABLE', /it may want a user and a password \(BATCHWORK_KAFKA_USER, BATCHWORK_KAFKA_PASSWORD\)/],
    'no certificate of its own': [() => `kafka+tls://${secured.withCertificate}?ca=${secured.ca}`, 'UNREACHABLE', /or a certificate of yours \(cert, key\)/],
    'a user where none is wanted': [() => `kafka://${login}${secured.broker.address}`, 'ILLEGAL_SASL_STATE', /takes no user at this port; leave user and password out/],
    'a mechanism that is not offered': [() => `kafka+tls://${login}${secured.withPassword}?ca=${secured.ca}&mechanism=SCRAM-SHA-512`, 'UNSUPPORTED_SASL_MECHANISM', /set mechanism to one of its sasl\.enabled\.mechanisms/],
  }
  for (const [what, [address, code, message]] of Object.entries(refused)) {
    test(`refused, with what to do: ${what}`, async () => {
      const error = await failureOf(address())
      equal(error.code, code, error.message)
      match(error.message, message)
    })
  }

  async function assertRuns(engine: Engine): Promise<void> {
    const file = join(folder, randomUUID())
    await using client = await connect({ engine })
    const { outcome } = await client.run(pipeline('hundred', flow => {
      flow.source('numbers', items(Array.from({ length: 100 }, (_, number) => number))).work('double', number => number * 2).to(jsonLinesFile(file))
    }))
    equal(outcome, 'completed')
    deepEqual(numbersIn(file), doubled)
  }

  async function runCommand(engine: string, environment: Readonly<Record<string, string>>) {
    const file = join(folder, randomUUID())
    const { NODE_TEST_CONTEXT: _, BATCHWORK_ENGINE: __, ...inherited } = process.env
    const child = spawn(process.execPath, [main, 'run', fixture, '--engine', engine], { cwd: folder, env: { ...inherited, ...environment, HUNDRED_FILE: file }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    return { ...await ended(child), output, numbers: () => numbersIn(file) }
  }
})

test('a host that is named is named to TLS too, as gateways go by that', { skip: needs('openssl') }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-kafka-named-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const trusted = await authority(folder, 'authority')
  const { certificate, key } = await vouchedFor(folder, 'gateway', trusted, 'DNS:localhost')
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }).listen(0, 'localhost')
  t.after(() => server.close())
  await once(server, 'listening')
  const names: unknown[] = []
  server.on('secureConnection', socket => {
    names.push((socket as { readonly servername?: unknown }).servername)
    socket.destroy()
  })
  equal((await failureOf(`kafka+tls://localhost:${(server.address() as AddressInfo).port}?ca=${trusted.certificate}`)).code, 'UNREACHABLE')
  deepEqual([...new Set(names)], ['localhost'])
})

const login = `${user}:${encodeURIComponent(password)}@`

async function failureOf(address: string): Promise<Error & { readonly code: string }> {
  const error = await openKafka(address).then(async log => {
    await log.close()
    throw new Error('it opened')
  }, (failure: Error & { readonly code: string }) => failure)
  assertNoSecret(inspect(error, { depth: 20 }))
  return error
}

function assertNoSecret(text: string): void {
  for (const secret of [password, wrongPassword]) for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) equal(text.includes(form), false, `it holds a password: ${text}`)
}

function numbersIn(file: string): readonly number[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n').map(Number).toSorted((a, b) => a - b)
}
