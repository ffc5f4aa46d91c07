// A shape in a line, for people.
import { throwsOneIn, type Chain, type End, type Shape, type Step } from './shapes.ts'

function describeChain({ steps, end }: Chain): string {
  const step = (each: Step): string => `${named(each)}${throwsOf(each)}`
  const named = (each: Step): string => {
    if (each.kind === 'work') return `${each.style} work${each.together ? ` (${each.together})` : ''}${each.style === 'sharded' && each.rollsOut ? ' rolled out' : ''}${each.ailing ? `, its ${each.ailing.what} ailing` : ''}${each.hasTimeout ? ' with timeout' : ''}, ${each.attempts} attempts${each.failed ? ` {failed: ${describeChain(each.failed)}}` : ''}`
    if (each.kind === 'chunks') return `chunks of ${each.size}${each.throwsWhole ? ' that fail whole' : ''}`
    if (each.kind === 'batch') return `${each.isTimed ? 'timed ' : ''}batches of ${each.count}${each.isKeyed ? ' by key' : ''}${each.parts > 1 ? ` of ${each.parts} parts of each item` : ''}`
    return each.kind === 'barrier' ? `barrier tolerating ${each.tolerate}` : each.kind
  }
  return [...steps.map(step), describeEnd(end)].join(' > ')
}

function describeEnd(end: End): string {
  if (end.kind === 'split') return `split${throwsOf(end)} {even: ${describeChain(end.even)}; third: ${describeChain(end.third)}${end.hasDefault === false ? '' : `; rest: ${describeChain(end.rest)}`}}`
  if (end.kind === 'copy') return `copy {${describeChain(end.first)}; ${describeChain(end.second)}}`
  return 'emit' in end ? `${end.kind} ${end.emit}${throwsOf(end)}` : end.kind
}

function throwsOf({ throwsAt }: Step | End): string {
  return throwsAt === undefined ? '' : ` that throws for ${throwsAt} of ${throwsOneIn}`
}

export function describeShape({ manner, items, published, arrivals, splits, sourceThrows, chain, isMended, isUpgraded }: Shape): string {
  const bad = [...items, ...published, ...arrivals.map(({ item }) => item)].filter(({ isBad, flaky, kills }) => isBad || flaky > 0 || kills > 0)
  const how = bad.slice(0, 6).map(({ n, isBad, flaky, trouble, kills }) => `${n}${isBad ? ' bad' : ''}${flaky > 0 ? ` ${trouble} ${flaky}x` : ''}${kills > 0 ? ` kills ${kills}x` : ''}`)
  const more = bad.length > 6 ? ', ...' : ''
  const parts = splits.count > 1 ? ` in ${splits.count} splits${splits.isGrouped ? ' of a group' : ''}` : ''
  const later = arrivals.map(({ item, afterMs, said }) => `${item.n} after ${afterMs} ms${said === 'once' ? '' : ` ${said}`}`)
  const topic = `${published.length > 0 ? ` and ${published.length} published` : ''}${later.length > 0 ? `, published meanwhile ${later.join(', ')}` : ''}`
  const runs = manner === 'once' ? '' : manner === 'again' ? ', run again' : ', endless'
  const ids = sourceThrows === undefined ? '' : ` without ids for ${sourceThrows} of ${throwsOneIn}`
  return `${items.length} items${ids}${parts}${topic}${bad.length > 0 ? ` (${how.join(', ')}${more})` : ''} through ${describeChain(chain)}${runs}${isMended ? ', mended and redriven' : ''}${isUpgraded ? ', upgraded' : ''}`
}
