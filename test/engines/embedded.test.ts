// The embedded log against the contract, on real files.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import { testLogConformance } from '../../src/testing/log-conformance.ts'

testLogConformance({
  name: 'embedded',
  cannot: {
    'crash': 'a handle cannot be killed without its process: test/crash kills real ones',
    'expel': 'an owner that lives keeps its lock, so none is ever taken for dead',
    'share a group': 'one process owns the whole store',
  },
  create: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'batchwork-embedded-'))
    return { open: () => openEmbedded(folder), remove: () => rm(folder, { recursive: true }) }
  },
})
