// Every call that a run makes of the files and tables it writes, and of their folder.
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { killAtEveryCall } from './kill/every-call.ts'

test('a run killed at any write or sync of its sinks, given again, ends with what an undisturbed run gives', { skip: needs('strace', 'cc') }, context =>
  killAtEveryCall(context, path => !path.startsWith('store')))
