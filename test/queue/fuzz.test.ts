// The interface against its own document, by tools that know nothing of the server: a validator of OpenAPI documents, and a fuzzer that makes requests
// from the document and holds the answers to it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'node:test'
import { openApiDocument } from '../../src/queue/source-server/openapi.ts'
import { serveSource } from '../../src/queue/source-server/source-server.ts'
import { needs } from '../needs.ts'
import { shelfOf } from './shelves.ts'

const run = promisify(execFile)

function folder(t: { after(end: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'batchwork-fuzz-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('the document is a valid OpenAPI 3.1 document', { skip: needs('openapi-spec-validator') }, async t => {
  const file = join(folder(t), 'openapi.json')
  writeFileSync(file, JSON.stringify(openApiDocument))
  const { stdout } = await run('openapi-spec-validator', [file])
  assert.match(stdout, /OK/)
})

test('requests made from the document are answered as it says', { skip: needs('schemathesis') }, async t => {
  const server = await serveSource(shelfOf(new Map(['0', 'a', 'b'].map(name => [name, { name }]))), { host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  const words = ['run', `${server.address}/api/v1/openapi.json`, '--max-examples', '40', '--seed', '1', '--no-color']
  const { stdout } = await run('schemathesis', words, { cwd: folder(t) })
  assert.match(stdout, /(\d+) generated, \1 passed/)
})
