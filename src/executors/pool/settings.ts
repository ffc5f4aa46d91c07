// What threads and processes have in common when they are opened.

export const defaultGraceMs = 1_000

/** Beside this folder, built or not. */
export const hostEntry = new URL(import.meta.url.endsWith('.ts') ? '../host.ts' : '../host.js', import.meta.url)

export function mebibytes(bytes: number): number {
  return Math.max(1, Math.floor(bytes / 1_048_576))
}
