// Half of the planted bugs in each test run, every second one: the others, and all, by PLANTED=all. Each costs seconds, and a slow machine many.
const wanted = process.env['PLANTED']

export function sampled<Bug>(bugs: readonly Bug[]): readonly Bug[] {
  return wanted === 'all' ? bugs : bugs.filter((_, index) => index % 2 === 0)
}
