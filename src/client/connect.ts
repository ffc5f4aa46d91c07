// Opens a client. The one thing to know: most who import 'batchwork' only make pipelines, every thread of a run among them, so what runs pipelines
// is loaded here, when it is asked for.
import type { Client } from './client.ts'
import { engineOf, type Engine } from './engine.ts'

/** Opens the log. Default: BATCHWORK_ENGINE, else the embedded store in ./.batchwork */
export async function connect(options: { readonly engine?: string | Engine | undefined } = {}): Promise<Client> {
  const engine = engineOf(options.engine)
  const [{ clientOn }, log] = await Promise.all([import('./client.ts'), engine.open()])
  return clientOn(log)
}
