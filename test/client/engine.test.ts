import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { embedded, engineOf } from '../../src/client/engine.ts'

test('a folder by its path is an embedded store, made where there is none', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'batchwork-engine-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const engine of [engineOf(join(folder, 'a')), engineOf(embedded(join(folder, 'b'), { durability: 'relaxed' }))]) {
    assert.equal(engine.kind, 'embedded')
    const log = await engine.open()
    assert.deepEqual([log.kind, await log.topics()], ['embedded', []])
    await log.close()
  }
})

test('an engine that can be opened is taken as it is, and none is opened before it is asked for', () => {
  const own = { kind: 'mine', open: () => assert.fail('opened') }
  assert.equal(engineOf(own), own)
  assert.deepEqual([engineOf('embedded').kind, engineOf().kind, engineOf('./data').kind], ['embedded', 'embedded', 'embedded'])
})

test('engines there are none of are refused by name', () => {
  for (const address of ['postgres://db', 'batchwork+http://host']) {
    assert.throws(() => engineOf(address), {
      name: 'BatchworkError', code: 'ENGINE',
      message: `engine '${address}': there is no engine '${address.slice(0, address.indexOf(':'))}://'; give a folder, kafka://host:port, or leave the engine out for ./.batchwork`,
    })
  }
  assert.throws(() => engineOf({ kind: 'cloud' }), { code: 'ENGINE', message: "an engine of kind 'cloud' cannot be opened; use embedded(path), kafka({ brokers }), or a folder's path" })
})
