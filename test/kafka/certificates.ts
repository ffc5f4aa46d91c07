// Certificates for tests, made by openssl: an authority, and what it vouches for.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Certified {
  /** Files, as PEM. */
  readonly certificate: string
  readonly key: string
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']

export function authority(folder: string, name: string): Promise<Certified> {
  return made(folder, name, ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'])
}

/** `alternatives`: such as 'IP:127.0.0.1'. */
export function vouchedFor(folder: string, name: string, by: Certified, alternatives: string): Promise<Certified> {
  return made(folder, name, ['-CA', by.certificate, '-CAkey', by.key, '-addext', `subjectAltName=${alternatives}`, '-addext', 'basicConstraints=critical,CA:FALSE'])
}

/** One file with the key and its certificate, as Kafka takes them. */
export async function keyStore({ certificate, key }: Certified): Promise<string> {
  const file = `${certificate}.store`
  await writeFile(file, `${await readFile(key, 'utf8')}${await readFile(certificate, 'utf8')}`)
  return file
}

async function made(folder: string, name: string, more: readonly string[]): Promise<Certified> {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
  await promisify(execFile)('openssl', ['req', '-x509', '-subj', `/CN=${name}`, ...newKey, '-keyout', key, '-out', certificate, ...more])
  return { certificate, key }
}
