// Where the code of this package lies, as source or built. What is built is bundled (scripts/build.ts): code that several entries share lies one folder
// deep there, as this file does here, so that '..' is the package's folder in both. No other file may ask where it is, but for the command line's own.

/** Files that threads and processes are started from, or import: the build keeps each as a file, at the place where it is. Without their endings. */
export const ownEntries = ['executors/chunk-answers', 'executors/host', 'executors/command/spawner-host', 'logs/embedded/store-thread', 'plan/resolve', 'shuffle/worker'] as const

/** URL of the folder, with a slash at its end. */
export const ownFolder = new URL('..', import.meta.url).href

const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js'

export function entryFile(entry: (typeof ownEntries)[number]): URL {
  return new URL(`${entry}${ending}`, ownFolder)
}
