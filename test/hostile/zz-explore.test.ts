import { test } from 'node:test'
import { readdirSync } from 'node:fs'
import { CommandLine } from '/work/main/test/hostile/command-line.ts'
import { hostileArguments, hostileTexts, wordsWith } from '/work/main/test/hostile/corpus.ts'
test('x', async t => {
  const line = new CommandLine(t)
  await line.fill()
  const seen = new Map<string, number>()
  const only = process.env.ONLY
  for (const { attacks, words } of hostileArguments) {
    const began = performance.now()
    for (const { name, text } of hostileTexts) {
      if (only && !attacks.includes(only)) continue
      const w = wordsWith(words, text)
      const at = performance.now()
      const a = await line.run(w)
      const took = performance.now() - at
      const out = a.stdout + a.stderr
      const bad: string[] = []
      if (![0, 1, 2, 3].includes(a.code as number)) bad.push('code ' + String(a.code).slice(0,600))
      if (/^ {4,}at |node:internal/m.test(out) && !text.includes('    at')) bad.push('stack')
      if (/(?![\t\n])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u.test(out)) bad.push('raw')
      if (out.length > 30_000) bad.push('long ' + out.length)
      if (a.isPolluted) bad.push('polluted')
      if (took > 1500) bad.push('slow ' + Math.round(took))
      if (/Run it again with --debug/.test(a.stderr)) bad.push('not ours: ' + a.stderr.slice(0, 200))
      if (bad.length) console.log(attacks, '|', name, '|', bad.join('; '), '|', JSON.stringify(out.slice(0, 150)))
    }
    if (!only) console.log('#', attacks, Math.round(performance.now() - began))
  }
  console.log(readdirSync(line.place.folder))
  await line.end()
})
