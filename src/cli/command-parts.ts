// What the definitions of commands have in common: options of the store, examples, and how a command ends.
import { InvalidArgumentError, type Command } from 'commander'
import { complain } from './complaint.ts'
import { exitCodes } from './exit-codes.ts'

export function withStoreOptions(command: Command): Command {
  return command
    .option('-s, --store <folder>', 'where runs are kept (default: BATCHWORK_ENGINE, else ./.batchwork)')
    .option('-e, --engine <engine>', 'the engine that keeps them: a folder for the embedded one, or kafka://host:port')
    .option('--debug', 'show stacks of errors; BATCHWORK_DEBUG=1 does too')
}

/** The process ends here: a module of the user's may hold timers or sockets that would keep it. */
export async function doing(flags: { readonly debug?: boolean | undefined; readonly json?: boolean | undefined }, work: () => Promise<number | void>): Promise<never> {
  let code: number = exitCodes.couldNotRun
  // What is awaited may hold no handle, a worker's promise for one; without any the process would end under it.
  setInterval(() => {}, 2 ** 31 - 1)
  try {
    code = (await work()) ?? exitCodes.complete
  } catch (error) {
    complain(error, flags)
  }
  return leave(code)
}

async function leave(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(stream => new Promise<void>(resolve => stream.write('', () => resolve()))))
  process.exit(code)
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

export function examples(...commands: readonly string[]): string {
  return `\n\nExamples:\n${commands.map(command => `  ${command}`).join('\n')}`
}

/** Of an option that may be given again. */
export function gathered(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
