// `npm test` itself: it must not call a broken run good.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Planted } from '../architecture/planted.ts'

async function lastLineAfter(testFile: string): Promise<{ readonly lastLine: string; readonly output: string; readonly exitCode: number }> {
  using planted = new Planted({ 'test/planted.test.ts': `import { suite, test } from 'node:test'\n${testFile}\n` })
  const { output, exitCode } = await planted.run('scripts/test.ts', '--only', 'planted')
  return { lastLine: output.trimEnd().split('\n').at(-1) ?? '', output, exitCode }
}

suite('npm test', { concurrency: 2 }, () => {
  test('counts tests, not suites, and says what was skipped and why', async () => {
    const { lastLine, output, exitCode } = await lastLineAfter(
      `suite('s', () => { test('a', () => {}); test('b', { skip: 'needs ffmpeg' }, () => {}) })`,
    )
    assert.equal(lastLine, '1 passed, 0 failed, 1 skipped')
    assert.match(output, /b: skipped: needs ffmpeg/)
    assert.equal(exitCode, 0)
  })

  test('prints a failure in full and fails', async () => {
    const { lastLine, output, exitCode } = await lastLineAfter(`test('a', () => { throw new Error('outer', { cause: 'the inner reason' }) })`)
    assert.equal(lastLine, '0 passed, 1 failed')
    assert.match(output, /the inner reason/)
    assert.equal(exitCode, 1)
  })

  test('fails when a test file ends its process', async () => {
    const { lastLine, output, exitCode } = await lastLineAfter(`test('a', () => { process.exit(3) })`)
    assert.equal(lastLine, '0 passed, 1 failed')
    assert.match(output, /its process ended with exit code 3/)
    assert.equal(exitCode, 1)
  })

  test('fails when a test file holds no test', async () => {
    const { lastLine, exitCode } = await lastLineAfter('void suite, test')
    assert.equal(lastLine, '0 passed, 1 failed')
    assert.equal(exitCode, 1)
  })

  test('fails when the runner is killed', async () => {
    const { lastLine, output, exitCode } = await lastLineAfter(`test('a', () => { process.kill(process.ppid, 'SIGKILL') })`)
    assert.equal(lastLine, '0 passed, 1 failed')
    assert.match(output, /the test runner ended with signal SIGKILL/)
    assert.equal(exitCode, 1)
  })

  test('fails when there is no file to run', async () => {
    using planted = new Planted({})
    const { output, exitCode } = await planted.run('scripts/test.ts', '--only', 'planted')
    assert.match(output, /no test file to run\n\n0 passed, 1 failed\n$/)
    assert.equal(exitCode, 1)
  })

  test('counts lint, dependency direction and types as one each', async () => {
    using planted = new Planted({
      'test/planted.test.ts': `import { test } from 'node:test'\ntest('a', () => {})\n`,
      'src/model/planted.ts': 'const unused: number = \'not a number\'\nexport {}\n',
    })
    const { output, exitCode } = await planted.run('scripts/test.ts')
    assert.match(output, /== Lint ==[^]*no-unused-vars[^]*== Dependency direction ==[^]*ok\n[^]*== Types ==[^]*TS2322[^]*\n2 passed, 2 failed\n$/)
    assert.equal(exitCode, 1)
  })
})
