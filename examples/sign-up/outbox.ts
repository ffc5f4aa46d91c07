// Stands where a provider's client would be: a message is a file in out/outbox. Its name comes from the item's id and what is sent, so
// that a second attempt replaces the message instead of sending it twice; providers call this an idempotency key.
import { createHash } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const outbox = join(import.meta.dirname, 'out', 'outbox')

export async function deliver(channel: 'email' | 'sms', to: string, text: string, id: string): Promise<void> {
  await mkdir(outbox, { recursive: true })
  const name = createHash('sha256').update(`${channel} ${to} ${text} ${id}`).digest('hex').slice(0, 24)
  const file = join(outbox, `${name}.json`)
  await writeFile(`${file}.part`, JSON.stringify({ channel, to, text }))
  await rename(`${file}.part`, file)
}
