// Every call that a run makes of the files of its store; those of its sinks are in a file of their own, which takes its time beside this one.
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { killAtEveryCall } from './kill/every-call.ts'

test('a run killed at any write or sync of its store, given again, ends with what an undisturbed run gives', { skip: needs('strace', 'cc') }, context =>
  killAtEveryCall(context, path => path.startsWith('store')))
