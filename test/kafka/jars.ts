// The files that make a Kafka broker, from Maven Central: fetched once into a folder outside the repository. A file whose SHA-256 is not the one in
// jars.txt is refused.
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

export const kafkaVersion = '4.3.1'

const central = 'https://repo1.maven.org/maven2/'
const downloadsAtOnce = 6
const attemptsMax = 4

/** A folder with all the jars. Several processes may ask for it at once. */
export async function jarsFolder(): Promise<string> {
  const folder = join(tmpdir(), `batchwork-kafka-${kafkaVersion}`)
  if (existsSync(join(folder, 'jars'))) return folder
  // Many a company's proxy signs by a certificate that only the system knows.
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')])
  const making = `${folder}-${randomUUID()}`
  await mkdir(join(making, 'jars'), { recursive: true })
  try {
    const waiting = await listed()
    await Promise.all(Array.from({ length: downloadsAtOnce }, async () => {
      for (let jar = waiting.pop(); jar; jar = waiting.pop()) await writeFile(join(making, 'jars', basename(jar.path)), await download(jar))
    }))
    await rename(making, folder)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    // Another was faster.
    if (!existsSync(join(folder, 'jars'))) throw error
  }
  return folder
}

interface Jar {
  readonly path: string
  readonly sha256: string
}

async function listed(): Promise<Jar[]> {
  const text = await readFile(new URL('jars.txt', import.meta.url), 'utf8')
  return text.trim().split('\n').map(line => ({ sha256: line.slice(0, 64), path: line.slice(66) }))
}

async function download({ path, sha256 }: Jar): Promise<Buffer> {
  const bytes = await fetched(new URL(path, central))
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== sha256) throw new Error(`${path} has the SHA-256 ${found}, but test/kafka/jars.txt says ${sha256}`)
  return bytes
}

async function fetched(address: URL, attempt = 1): Promise<Buffer> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(60_000) })
    if (!response.ok) throw new Error(`${address.href} answered ${response.status} ${response.statusText}`)
    return Buffer.from(await response.arrayBuffer())
  } catch (error) {
    if (attempt >= attemptsMax) throw error
    return fetched(address, attempt + 1)
  }
}
