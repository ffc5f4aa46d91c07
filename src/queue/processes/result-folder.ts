// Results in a folder: a file an item. The one thing to know: a name from outside is never a path; the file is called by the harmless part of the name and
// a hash of all of it, and written aside, so that what is there is whole.
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { plainJson } from '../../sinks/plain-json.ts'

const readableMax = 60
const hashCharacters = 16

export class ResultFolder {
  readonly #folder: string

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
  }

  /** On disk when it resolves. The same name again replaces it. */
  async keep(name: string, result: unknown): Promise<void> {
    const path = join(this.#folder, resultFile(name))
    const aside = `${path}.part`
    const file = await open(aside, 'w')
    try {
      await file.writeFile(`${plainJson({ name, result })}\n`)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(aside, path)
  }
}

/** 'holiday-2026.mp4' is kept in 'holiday-2026.mp4-5f70bf18a0860071.json'. */
export function resultFile(name: string): string {
  const readable = name.replaceAll(/[^\w.-]+/g, '_').replace(/^[.-]+/, '').slice(0, readableMax)
  return `${readable === '' ? 'item' : readable}-${createHash('sha256').update(name).digest('hex').slice(0, hashCharacters)}.json`
}
