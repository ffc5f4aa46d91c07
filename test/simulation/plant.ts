// Loaded before everything else (--import): plants the defect that the environment names, as its file is loaded.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { plantedBugs } from './planted-bugs.ts'
import { sharedPlantedBugs } from './shared-planted-bugs.ts'

const name = process.env['BATCHWORK_PLANTED_BUG']
const bug = [...plantedBugs, ...sharedPlantedBugs].find(each => each.name === name)
if (!bug) throw new Error(`there is no bug '${name}' to be planted`)

registerHooks({
  load(url, context, next) {
    if (!url.endsWith(`/${bug.file}`)) return next(url, context)
    return { format: 'module-typescript', shortCircuit: true, source: readFileSync(fileURLToPath(url), 'utf8').replace(bug.snippet, () => bug.instead) }
  },
})
