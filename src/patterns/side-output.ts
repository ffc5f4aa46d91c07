// What a pattern that the planner does not run yet leaves aside: the incomplete, the missing, the late.
import { namelessCall } from '../pipeline/call.ts'
import type { LaterNode } from '../pipeline/graph.ts'

export function sideOutput(of: LaterNode, pattern: 'incomplete' | 'missing' | 'late'): LaterNode {
  return { kind: 'later', at: namelessCall(pattern, of).at, inputs: [of], name: `${of.name}/${pattern}`, pattern }
}
