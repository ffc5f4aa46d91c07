// Standard output for machines: once taken, only what is meant for them gets there; what a pipeline's own code prints goes to stderr.

const write = process.stdout.write.bind(process.stdout)

export function takeStdout(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr)
}

/** Gets there even when it is taken. */
export function writeLine(text: string): void {
  write(`${text}\n`)
}
