// Runs a pipeline on a store of its own, and reads everything it gave.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientOn } from '../../src/client/client.ts'
import type { Failure } from '../../src/model/item.ts'
import { openEmbedded } from '../../src/logs/embedded/embedded-log.ts'
import type { Pipeline } from '../../src/pipeline/pipeline.ts'
import type { Environment } from '../../src/runtime/environment.ts'

export class Store implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'batchwork-shuffle-'))
  readonly messages: string[] = []

  /** As `client.run` does it; then what came of it. */
  async run(pipeline: Pipeline<any, any>, params?: unknown, environment: Partial<Environment> = {}) {
    await using client = clientOn(await openEmbedded(join(this.path, 'store'), { durability: 'relaxed' }), environment)
    const report = await client.run(pipeline, { params, onMessage: ({ message }) => this.messages.push(message) })
    const failures: Failure<unknown>[] = []
    for await (const failure of report.failures()) failures.push(failure)
    const results: unknown[] = []
    for await (const result of report.read('results' as never)) results.push(result)
    return { ...report, failures, results }
  }

  async inClient<T>(use: (client: ReturnType<typeof clientOn>) => Promise<T>): Promise<T> {
    await using client = clientOn(await openEmbedded(join(this.path, 'store')))
    return await use(client) // the client is closed afterwards
  }

  /** Files of the shuffle that are there. */
  get files(): readonly string[] {
    return readdirSync(join(this.path, 'store', 'shuffle'), { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.run'))
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** Item by item, as engines without a folder do it. */
export const itemByItem: Partial<Environment> = { mapReducerFor: undefined }
