// `source`: serves the source interface until it is stopped.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { BatchworkError, shortText, show } from '../model/errors.ts'
import { isLoopback } from '../queue/source-server/access.ts'
import type { Shelf } from '../queue/source-server/shelf.ts'
import { exitCodes } from './exit-codes.ts'
import { print, printJson, type GuestFlags } from './guest-options.ts'
import { countOf } from './quantities.ts'
import { openStore } from './store.ts'
import { neutralised } from './terminal-text.ts'

export interface SourceFlags extends GuestFlags {
  readonly folder?: string | undefined
  readonly files?: string | undefined
  readonly list?: string | undefined
  readonly jsonLines?: string | undefined
  readonly topic?: string | undefined
  readonly name: string
  readonly port: number
  readonly host: string
  readonly tokenFile?: string | undefined
}

export async function serve(flags: SourceFlags): Promise<number> {
  const token = tokenOf(flags)
  if (!isLoopback(flags.host) && token === undefined) throw new BatchworkError('USAGE', `--host ${flags.host} can be reached from other machines, so a token is needed: --token-file FILE, or BATCHWORK_SOURCE_TOKEN`)
  const shelf = await shelfOf(flags)
  try {
    const { names } = await shelf.contents()
    const { serveSource } = await import('../queue/source-server/source-server.ts')
    const server = await serveSource(shelf, { host: flags.host, port: flags.port, token }).catch(cannotListen(flags))
    if (flags.json) printJson(JSON.stringify({ type: 'serving', address: server.address, items: names.length }))
    else print(`Serving ${countOf(names.length, 'item')} of ${neutralised(shelf.description)} at ${server.address}\nThe interface is described at ${server.address}/api/v1/openapi.json`)
    const signal = await Promise.race((['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map(name => once(process, name).then(() => name)))
    await server.close()
    return signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.complete
  } finally {
    await shelf.close()
  }
}

const kinds = ['folder', 'files', 'list', 'jsonLines', 'topic'] as const

async function shelfOf(flags: SourceFlags): Promise<Shelf> {
  const given = kinds.filter(kind => flags[kind] !== undefined)
  if (given.length !== 1) throw new BatchworkError('USAGE', `say what is served with one of --folder, --files, --list, --json-lines and --topic; ${given.length === 0 ? 'none is' : `${given.length} are`} given`)
  const text = flags[given[0]!]!
  const complain = (message: string) => void process.stderr.write(`${neutralised(message)}\n`)
  switch (given[0]!) {
    case 'folder': return new (await import('../queue/source-server/file-shelf.ts')).FolderShelf(text)
    case 'files': return new (await import('../queue/source-server/file-shelf.ts')).PatternShelf(text)
    case 'topic': return new (await import('../queue/source-server/topic-shelf.ts')).TopicShelf(await openStore(flags), text)
    default: return new (await import('../queue/source-server/line-shelf.ts')).LineShelf(text, flags.name, complain)
  }
}

function tokenOf({ tokenFile }: SourceFlags): string | undefined {
  if (tokenFile === undefined) return process.env['BATCHWORK_SOURCE_TOKEN'] || undefined
  const token = textOf(tokenFile).split('\n')[0]!.trim()
  if (token === '') throw new BatchworkError('USAGE', `the first line of --token-file ${tokenFile} is empty, but must be the token`)
  return token
}

function textOf(tokenFile: string): string {
  try {
    return readFileSync(tokenFile, 'utf8')
  } catch (error) {
    throw new BatchworkError('USAGE', `--token-file ${show(tokenFile)} cannot be read: ${shortText((error as Error).message)}; give a file whose first line is the token`, { cause: error })
  }
}

function cannotListen({ host, port }: SourceFlags): (error: unknown) => never {
  return error => {
    const { code, message } = error as NodeJS.ErrnoException
    throw new BatchworkError('PORT', `${host}:${port} cannot be listened at: ${code === 'EADDRINUSE' ? 'another program does; give another --port, or 0 for a free one' : message}`, { cause: error })
  }
}
