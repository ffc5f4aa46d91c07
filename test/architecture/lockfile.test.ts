// The lockfile installs on every system, from whatever registry npm is set to.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

interface Entry {
  readonly resolved?: string
  readonly link?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  readonly packages: Readonly<Record<string, Entry>>
}

test('the lockfile names no registry', () => {
  const resolved = Object.entries(packages).filter(([, entry]) => entry.resolved !== undefined && entry.link !== true)
  assert.deepEqual(resolved, [])
})

test('the lockfile has the builds of each tool for every system (if not: npx node scripts/complete-lockfile.ts)', () => {
  const optional = Object.values(packages).flatMap(entry => Object.keys(entry.optionalDependencies ?? {}))
  assert.deepEqual(optional.filter(name => packages[`node_modules/${name}`] === undefined), [])
})
