// What a user writes for one line of the access log: the seventh field. Ours and the bare prototype call the same function.

export function pageOf(line: string): string {
  const method = line.indexOf('"')
  const from = line.indexOf(' ', method) + 1
  return line.slice(from, line.indexOf(' ', from))
}
