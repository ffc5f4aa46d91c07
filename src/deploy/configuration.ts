// What a pod gets to know: plain values by a ConfigMap, secrets by the name of the Secret that has them. A secret's value is never seen here.
import { BatchworkError, OptionError } from '../model/errors.ts'
import { checkFolder, checkForeignName } from './names-and-quantities.ts'
import { workFolder } from './work-folder.ts'

export interface SecretVariable {
  readonly name: string
  readonly secret: string
  readonly key: string
}

export interface Mount {
  /** `shared-claim`: one that many pods may mount at once. */
  readonly kind: 'secret' | 'claim' | 'shared-claim'
  /** Of the Secret or the PersistentVolumeClaim. */
  readonly object: string
  readonly folder: string
}

export interface Configuration {
  readonly values: ReadonlyMap<string, string>
  readonly secrets: readonly SecretVariable[]
  readonly mounts: readonly Mount[]
}

/** As given: NAME=VALUE, NAME=SECRET:KEY, SECRET=FOLDER, CLAIM=FOLDER and once more so. */
export interface ConfigurationWords {
  readonly env: readonly string[]
  readonly secretEnv: readonly string[]
  readonly secretFiles: readonly string[]
  readonly volume: readonly string[]
  readonly sharedVolume: readonly string[]
}

/** Set by the manifests themselves. */
const ownVariables = ['BATCHWORK_ENGINE', 'BATCHWORK_JOB', 'HOME', 'TMPDIR']
const namesSecret = /(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?|API_?KEY|PRIVATE_?KEY)$/i
const valuesBytesMax = 900_000
const countMax = 200

export function configurationOf({ env, secretEnv, secretFiles, volume, sharedVolume }: ConfigurationWords): Configuration {
  const values = env.map(word => plainValue(word))
  const secrets = secretEnv.map(word => secretVariable(word))
  const mounts = [
    ...secretFiles.map(word => mountOf('--secret-files', 'secret', word)), ...volume.map(word => mountOf('--volume', 'claim', word)), ...sharedVolume.map(word => mountOf('--shared-volume', 'shared-claim', word)),
  ]
  checkDifferent('variable', [...ownVariables, ...values.map(([name]) => name), ...secrets.map(({ name }) => name)])
  checkDifferent('folder', [workFolder, ...mounts.map(({ folder }) => folder)])
  const bytes = values.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0)
  if (bytes > valuesBytesMax) throw new BatchworkError('USAGE', `the values of --env have ${bytes.toLocaleString('en')} bytes, but a ConfigMap holds ${valuesBytesMax.toLocaleString('en')}; put what is large into the image`)
  if (values.length + secrets.length + mounts.length > countMax) throw new BatchworkError('USAGE', `--env, --secret-env, --secret-files, --volume and --shared-volume are given more than ${countMax} times in all; put what is the same everywhere into the image`)
  return { values: new Map(values), secrets, mounts }
}

function plainValue(word: string): readonly [name: string, value: string] {
  const [name, value] = split('--env', word, 'a variable and its value, as NAME=value')
  checkVariable('--env', name)
  if (namesSecret.test(name)) throw new BatchworkError('USAGE', `--env ${name} would stand in plain text in the manifests; put the value into a Secret and give --secret-env ${name}=SECRET:KEY`)
  checkText(`--env ${name}`, value)
  return [name, value]
}

function secretVariable(word: string): SecretVariable {
  const expected = 'a variable and where its value is, as NAME=SECRET:KEY'
  // What stands behind the name may be a secret's value, given by mistake: it is not repeated.
  const [name, place] = split('--secret-env', word, expected)
  checkVariable('--secret-env', name)
  const match = /^([^:]+):([-._a-zA-Z0-9]{1,253})$/.exec(place)
  if (!match || !/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(match[1]!)) throw new BatchworkError('USAGE', `--secret-env ${name} is not followed by the name of a Secret and a key in it; it must be ${expected}, not the value itself`)
  return { name, secret: checkForeignName('--secret-env', match[1]!), key: match[2]! }
}

function mountOf(option: string, kind: Mount['kind'], word: string): Mount {
  const [object, folder] = split(option, word, `${kind === 'secret' ? 'a Secret' : 'a PersistentVolumeClaim'} and a folder in the pod, as NAME=/folder`)
  return { kind, object: checkForeignName(option, object), folder: checkFolder(option, folder) }
}

function split(option: string, word: string, expected: string): readonly [string, string] {
  const at = word.indexOf('=')
  if (at < 1) throw option === '--secret-env' ? new BatchworkError('USAGE', `--secret-env has no '=' after a name; it must be ${expected}`) : new OptionError(option, word, expected)
  return [word.slice(0, at), word.slice(at + 1)]
}

function checkVariable(option: string, name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,199}$/.test(name)) throw new OptionError(option, name, "a variable's name of letters, digits and '_', with no digit first")
}

/** What a YAML reader or a terminal could stumble over is in nobody's settings. */
export function checkText(option: string, text: string): string {
  if (!text.isWellFormed() || /(?![\n\t])\p{Cc}|[\u2028\u2029\ufeff\ufffe\uffff]/u.test(text)) throw new OptionError(option, text, 'text without control characters')
  return text
}

function checkDifferent(what: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return
  const isOwn = ownVariables.includes(twice) || twice === workFolder
  throw new BatchworkError('USAGE', isOwn ? `${what} ${twice} is set by the manifests themselves; leave it out${twice === 'BATCHWORK_ENGINE' ? ' and give --engine' : ''}` : `${what} ${twice} is given twice; give it once`)
}
