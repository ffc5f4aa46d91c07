// What the command's exit code says to scripts.

export const exitCodes = {
  complete: 0,
  /** Usage, plan, a locked store: nothing was run, or the run broke. */
  couldNotRun: 1,
  /** Complete, but items failed for good and were set aside. */
  itemsSetAside: 2,
  /** The failure tolerance was passed, or only shut barriers remain. */
  stopped: 3,
  interrupted: 130,
  terminated: 143,
} as const
