// Makes the three repositories anew, each with commits on main, a release branch and a feature branch.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositories } from './pipeline.ts'

const root = join(import.meta.dirname, 'out', 'repositories')
const environment = {
  ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Robin', GIT_AUTHOR_EMAIL: 'robin@example.org', GIT_COMMITTER_NAME: 'Robin', GIT_COMMITTER_EMAIL: 'robin@example.org',
}

rmSync(root, { recursive: true, force: true })
for (const name of repositories) generate(join(root, name), name)

function generate(path: string, name: string): void {
  const git = (...parameters: string[]) => execFileSync('git', ['-C', path, ...parameters], { env: environment, stdio: 'ignore' })
  const commit = (subject: string, script: string) => {
    writeFileSync(join(path, 'build.sh'), `${script}\n`)
    git('add', '.')
    git('commit', '-m', subject)
  }
  mkdirSync(path, { recursive: true })
  git('init', '-b', 'main')
  for (const number of [1, 2, 3, 4]) commit(`Change ${number}`, `echo "built ${name} ${number}"`)
  git('checkout', '-b', 'release/1')
  for (const number of [1, 2]) commit(`Fix ${number}`, `echo "built ${name} release fix ${number}"`)
  git('checkout', '-b', 'try-it', 'main')
  commit('Try something', name === 'web' ? 'echo "cannot find module left" >&2; exit 1' : `echo "built ${name} trial"`)
}
