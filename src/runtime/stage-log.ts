// What a stage's own parts say, as a worker would.
import type { SourceContext } from '../source.ts'
import type { Environment } from './environment.ts'

export function logOf(environment: Environment, stage: string): SourceContext['log'] {
  const say = (level: 'info' | 'warn' | 'error') => (message: string, data?: object) => environment.onMessage({ stage, id: '', level, message, data })
  return { info: say('info'), warn: say('warn'), error: say('error') }
}

