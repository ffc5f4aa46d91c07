// What a command sees of this process's environment: what programs need to run, and no secrets.
const names = ['PATH', 'HOME', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL']

export function commandEnvironment(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const allowed = Object.keys(environment).filter(name => names.includes(name) || name.startsWith('LC_'))
  return Object.fromEntries(allowed.map(name => [name, environment[name]!]))
}
