// One call of the user: which stage it makes, how a message about it begins, and where it stands. Every refusal of a call is a PlanError.
import { PlanError, shortText } from '../model/errors.ts'
import { callSite } from './call-site.ts'

export interface Call {
  /** The stage it makes; for a nameless operator the nearest stage before it. */
  readonly stage: string
  /** "stage 'blur'", "map() after 'photos'", "limit 'mail'". */
  readonly title: string
  readonly at: string
}

const shownMax = 80

export function refuse(call: Call, problem: string): never {
  throw new PlanError(call.stage, call.at, `${call.title}: ${problem}`)
}

/** A call that makes no node. Where it stands is looked up only when it is refused. */
export function looseCall(title: string, name?: unknown): Call {
  return { ...titled(title, name), get at() { return callSite().at } }
}

export function namedCall(title: string, name: unknown): Call {
  return { ...titled(title, name), at: callSite().at }
}

function titled(title: string, name: unknown): Omit<Call, 'at'> {
  return typeof name === 'string' && name !== '' ? { stage: name, title: `${title} '${shortText(name, shownMax)}'` } : { stage: '', title }
}

/** What is asked of a graph's node here: its name, if it has one, and what it reads. */
interface Named {
  readonly name?: string
  readonly inputs: readonly Named[]
}

export function namelessCall(method: string, input: Named): Call {
  const stage = nearestName(input)
  return { stage, title: `${method}() after '${stage}'`, at: callSite().at }
}

/** The name of the node itself, or of the nearest before it. */
export function nearestName(node: Named): string {
  let current: Named | undefined = node
  while (current && current.name === undefined) current = current.inputs[0]
  return current?.name ?? ''
}
