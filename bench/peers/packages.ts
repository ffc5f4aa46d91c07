// The installed version of a rival's package, as its own package.json says.

import { readFileSync } from 'node:fs'

export function versionOf(packageName: string): string {
  const file = new URL(`node_modules/${packageName}/package.json`, import.meta.url)
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  } catch (cause) {
    throw new Error(`The package ${packageName} is not installed for the peers. Run npm ci in the folder bench/peers.`, { cause })
  }
}
