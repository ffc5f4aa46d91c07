// The first half of the seeds, in a process of its own.
import { test } from 'node:test'
import { everySeedHolds, seedsPerFile } from './checking.ts'

test(`random pipelines keep every promise under random faults: ${seedsPerFile} seeds`, () => everySeedHolds(1))
