// What the linter enforces. The one thing to know: under runtime/, plan/ and policies/ time, randomness and I/O come in through
// interfaces, or the simulator could not replay a run from its seed. test/architecture/lint.test.ts proves that each ban bites.
import { defineConfig } from 'oxlint'

const selfImport = {
  group: ['batchwork', 'batchwork/*'],
  message: 'Source imports its own files by relative path: by name it would load a second copy of them.',
}

const injectedInstead = 'Take it through an interface (Clock, Random, Log, Executor): the simulator has to control it.'

const bannedGlobals = [
  'Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate',
  'fetch', 'WebSocket', 'EventSource', 'process', 'crypto', 'Atomics',
]

const bannedProperties = [
  { object: 'Math', property: 'random' },
  { object: 'AbortSignal', property: 'timeout' },
]

// Hashing, text and paths compute; every other built-in module reaches the outside.
const builtinsThatOnlyCompute = ['assert', 'assert/strict', 'buffer', 'crypto', 'events', 'path', 'string_decoder', 'util']
const bareNamesOfBuiltins = [
  'child_process', 'cluster', 'dgram', 'dns', 'fs', 'http', 'http2', 'https', 'net', 'os', 'perf_hooks', 'process', 'readline', 'stream',
  'timers', 'tls', 'worker_threads', 'zlib',
]

const bannedImports = {
  paths: [{
    name: 'node:crypto',
    importNames: ['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID', 'getRandomValues', 'webcrypto', 'default'],
    message: injectedInstead,
  }],
  patterns: [
    selfImport,
    { group: ['node:*', 'node:*/**', ...builtinsThatOnlyCompute.map(name => `!node:${name}`)], message: injectedInstead },
    { group: bareNamesOfBuiltins.flatMap(name => [name, `${name}/*`]), message: injectedInstead },
  ],
}

// The runner awaits what is registered at the top of a test file.
const nodeTestRegistrations = { from: 'package' as const, package: 'node:test', name: ['test', 'it', 'suite', 'describe', 'skip', 'todo', 'only'] }

// Rules of the two categories that reject good code here: decoding ends in an assertion, a default import of fast-check has members of
// the same name as its exports, a worker thread's postMessage has no origin, a string is spread into its code points on purpose, and a
// short lambda may reuse a short name.
const judgedCaseByCase = {
  'typescript/no-unsafe-type-assertion': 'off',
  'typescript/no-unnecessary-type-parameters': 'off',
  'typescript/no-misused-spread': 'off',
  'import/no-named-as-default': 'off',
  'import/no-named-as-default-member': 'off',
  'unicorn/require-post-message-target-origin': 'off',
  'unicorn/consistent-function-scoping': 'off',
  'no-shadow': 'off',
  // The compiler checks returns, and knows when a switch is exhaustive.
  'typescript/consistent-return': 'off',
  'consistent-return': 'off',
} as const

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import'],
  categories: { correctness: 'error', suspicious: 'error' },
  options: { typeAware: true },
  ignorePatterns: ['dist', 'node_modules', 'bench/peers'],
  rules: {
    'import/no-cycle': 'error',
    'typescript/consistent-type-imports': ['error', { disallowTypeAnnotations: true, fixStyle: 'inline-type-imports' }],
    'typescript/no-floating-promises': ['error', { allowForKnownSafeCalls: [nodeTestRegistrations] }],
    'eqeqeq': 'error',
    ...judgedCaseByCase,
  },
  overrides: [
    {
      files: ['src/**'],
      rules: { 'no-console': 'error', 'no-restricted-imports': ['error', { patterns: [selfImport] }] },
    },
    { files: ['test/types/**'], rules: { 'no-unused-expressions': 'off', 'typescript/no-floating-promises': 'off', 'no-unused-vars': 'off' } },
    { files: ['src/cli/**'], rules: { 'no-console': 'off' } },
    {
      files: ['src/runtime/**', 'src/plan/**', 'src/policies/**'],
      rules: {
        'no-restricted-globals': ['error', {
          globals: bannedGlobals.map(name => ({ name, message: injectedInstead })),
          checkGlobalObject: true,
        }],
        'no-restricted-properties': ['error', ...bannedProperties.map(banned => ({ ...banned, message: injectedInstead }))],
        'no-restricted-imports': ['error', bannedImports],
      },
    },
  ],
})
