// A worker that is a program: any language, shell scripts first. It gets its item in a file and leaves its result in one.
import { OptionError } from '../model/errors.ts'
import { conform, type Schema } from '../model/schema.ts'
import type { Worker } from '../model/worker.ts'
import { runCommand, type Parameter } from './command/run.ts'

export interface CommandWorker<T> extends Worker<T, void> {
  /** What the command leaves in WORK_RESULT_FILE, checked. Throws SchemaError where it does not fit; nothing left passes the item on. */
  result<R>(schema: Schema<any, R>): Worker<T, R> // oxlint-disable-line typescript/no-explicit-any
}

/**
 * Runs `program` once for each item, without a shell.
 *
 * - WORK_ITEM_FILE names a file with the item as one JSON document, or its bytes when the item is a Uint8Array.
 * - What it leaves in the file named by WORK_RESULT_FILE, in the same form, is its result: read when asked for by `result(schema)`.
 * - Exit code 0 is done, 65 a permanent failure; 75 and every other is retried.
 * - It sees PATH, HOME, USER, LANG, LC_*, TZ and TMPDIR of the environment and nothing else.
 * - When the item is aborted the whole process group gets SIGTERM, and SIGKILL two seconds later.
 *
 * An argument may be a function of the item. Put `'--'` before one that may start with a dash.
 *
 *     .work('shrink', command('gifsicle', '-O3', '--', gif => gif.path))
 */
export function command<T = unknown>(program: string, ...args: readonly Parameter<T>[]): CommandWorker<T> {
  if (typeof program !== 'string' || program === '') throw new OptionError('command: program', program, "a program's name or path")
  for (const argument of args) {
    if (typeof argument !== 'string' && typeof argument !== 'function') throw new OptionError(`command '${program}': argument`, argument, 'a string, or a function of the item that gives one')
  }
  const run: Worker<T, void> = async (item, context) => { await runCommand(program, args, item, context) }
  return Object.assign(run, {
    result: <R>(schema: Schema<any, R>): Worker<T, R> => async (item, context) => { // oxlint-disable-line typescript/no-explicit-any
      const result = await runCommand(program, args, item, context)
      return result === undefined ? undefined as R : conform(schema, result, `the result of command '${program}'`)
    },
  })
}
