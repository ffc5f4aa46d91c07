// What the process that starts commands is told, and tells.

/** Of a command's whole process group together. */
export interface GroupLimits {
  /** Resident bytes; shared pages count for each process. */
  readonly memoryBytes?: number | undefined
  /** Processors' worth of time: 0.5 is half of one. */
  readonly cpu?: number | undefined
}

export interface Start {
  readonly number: number
  readonly program: string
  readonly parameters: readonly string[]
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** A file that standard error is appended to. */
  readonly errorOutput: string
  readonly limits?: GroupLimits | undefined
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
  /** What it had when it was killed for passing its limit. */
  readonly memoryBytes?: number | undefined
}

export interface NotStarted {
  readonly number: number
  readonly error: { readonly code: string | undefined; readonly message: string }
}

export type FromSpawner = Started | Exited | NotStarted
