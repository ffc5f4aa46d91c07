// What the process that starts commands is told, and tells.

export interface Start {
  readonly number: number
  readonly program: string
  readonly parameters: readonly string[]
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** A file that standard error is appended to. */
  readonly errorOutput: string
}

/** Ends a command's whole process group: SIGTERM, and SIGKILL after the grace time. */
export interface End {
  readonly number: number
  readonly graceMs: number
}

export type ToSpawner = Start | End

export interface Started {
  readonly number: number
  /** Told of commands that are not over at once. */
  readonly pid: number
}

export interface Exited {
  readonly number: number
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface NotStarted {
  readonly number: number
  readonly error: { readonly code: string | undefined; readonly message: string }
}

export type FromSpawner = Started | Exited | NotStarted
