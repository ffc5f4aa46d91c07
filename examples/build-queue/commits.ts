// A source of one's own: the commits of a git repository, a split for each branch. The position in a split is the last commit given, so
// that reading goes on after it.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Source } from 'batchwork'

const run = promisify(execFile)

export interface Commit {
  readonly repository: string
  readonly path: string
  readonly branch: string
  readonly sha: string
  readonly author: string
  readonly subject: string
}

export function commitsOf(repository: string, path: string): Source<Commit> {
  const git = async (...parameters: string[]) => (await run('git', ['-C', path, ...parameters])).stdout.split('\n').filter(line => line !== '')
  return {
    async *splits() {
      // The tip is noted with the branch: commits that come later belong to another run.
      for (const line of await git('for-each-ref', '--format=%(refname:short) %(objectname)', 'refs/heads')) {
        const [branch = '', tip = ''] = line.split(' ')
        yield { id: branch, data: { branch, tip } }
      }
    },
    async *read({ data }, from) {
      const { branch, tip } = data as { branch: string; tip: string }
      // Commits of main belong to main alone.
      const others = branch === 'main' ? [] : ['--not', 'main']
      const range = from === undefined ? [tip] : [`${from as string}..${tip}`]
      for (const line of await git('log', '--reverse', '--format=%H%x09%ae%x09%s', ...range, ...others)) {
        const [sha = '', author = '', subject = ''] = line.split('\t')
        yield { item: { repository, path, branch, sha, author, subject }, position: sha, origin: `${repository}@${sha.slice(0, 8)}` }
      }
    },
  }
}
