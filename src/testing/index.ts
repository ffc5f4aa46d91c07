// What tests import from 'batchwork/testing'.
export { testContext } from './context.ts'
export type { Fault } from './faults.ts'
export { given, type Given } from './given.ts'
export { simulate, SimulationError, type Simulation, type SimulationReport } from './simulation.ts'
export { trial, type Trial, type Trialled } from './trial.ts'
export { logConformance, testLogConformance, type Capability, type ConformanceCase, type LogEngine, type LogFixture } from './log-conformance.ts'
export type * from '../log.ts'
