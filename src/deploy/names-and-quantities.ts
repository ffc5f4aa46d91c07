// What is taken as a name, an image, a folder, a quantity or a network, before it is printed: stricter than the API server, which would say it only later.
import { isIP } from 'node:net'
import { OptionError } from '../model/errors.ts'

const nameLengthMax = 52
/** `NAME` of a pod is longer than that of what makes it; 52 leaves room. */
const ownName = `a name for Kubernetes objects: at most ${nameLengthMax} lower case letters, digits and '-', with a letter first and no '-' last`

/** Of our own objects. */
export function checkName(option: string, name: string): string {
  if (name.length > nameLengthMax || !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) throw new OptionError(option, name, ownName)
  return name
}

/** A pipeline's name as a name of objects; undefined where too little of it is left. */
export function nameFrom(text: string): string | undefined {
  const name = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^[^a-z]+|-+$/g, '').slice(0, nameLengthMax).replace(/-+$/, '')
  return name === '' ? undefined : name
}

export function checkNamespace(namespace: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) throw new OptionError('--namespace', namespace, "a namespace's name: lower case letters, digits and '-', at most 63")
  return namespace
}

/** Of an object that is there already: a Secret, a claim. */
export function checkForeignName(option: string, name: string): string {
  if (name.length > 253 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) throw new OptionError(option, name, "the name of an object in the namespace: lower case letters, digits, '-' and '.'")
  return name
}

const imageName = /^(?:[a-zA-Z0-9](?:[-.a-zA-Z0-9]*[a-zA-Z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::([\w][\w.-]{0,127}))?(?:@sha256:[0-9a-f]{64})?$/
const imageLengthMax = 512

/** With a tag or a digest: what is called latest is another image on every node, and pulled for every pod. */
export function checkImage(image: string): string {
  const match = image.length <= imageLengthMax ? imageName.exec(image) : null
  if (!match || match[1] === 'latest' || (match[1] === undefined && !image.includes('@'))) throw new OptionError('--image', image, "the name of an image with a tag other than latest, or a digest, such as 'example.org/mail:1.4'")
  return image
}

/** In a pod. */
export function checkFolder(option: string, folder: string): string {
  const isFolder = /^(?:\/[\w.-]+)+$/.test(folder) && !folder.split('/').some(part => part === '.' || part === '..') && folder.length <= 1_000
  if (!isFolder) throw new OptionError(option, folder, "the absolute path of a folder in the pod, of letters, digits, '.', '_' and '-', such as '/data/out'")
  return folder
}

const bytesOfUnit: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 }

export function checkMemory(option: string, quantity: string, bytesMin: number): string {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)([kMGT]|[KMGT]i)?$/.exec(quantity)
  const bytes = match ? Number(match[1]) * bytesOfUnit[match[2] ?? '']! : Number.NaN
  if (!(bytes >= bytesMin)) throw new OptionError(option, quantity, `a Kubernetes quantity of bytes such as '512Mi' or '2Gi', at least ${bytesMin / 2 ** 20}Mi`)
  return quantity
}

export function checkCpu(option: string, quantity: string): string {
  const match = /^(\d{1,6}(?:\.\d{1,3})?|\d{1,9}m)$/.exec(quantity)
  const millis = match ? Number.parseFloat(quantity) * (quantity.endsWith('m') ? 1 : 1_000) : Number.NaN
  if (!(millis >= 10)) throw new OptionError(option, quantity, "a number of processors such as '2', '0.5' or '500m', at least 10m")
  return quantity
}

/** Of an external metric: what its adapter calls it. */
export function checkMetric(name: string): string {
  if (!/^[a-zA-Z_][\w:.-]{0,199}$/.test(name)) throw new OptionError('--metric', name, "a metric's name of letters, digits, '_', ':', '.' and '-', with no digit first")
  return name
}

/** A label's name and value, as a selector takes them. */
export function checkMetricLabel([label, value]: readonly [string, string]): readonly [string, string] {
  if (!/^[a-zA-Z0-9]([-.\w]{0,61}[a-zA-Z0-9])?$/.test(label)) throw new OptionError('--metric-label', label, "a label's name of at most 63 letters, digits, '_', '.' and '-', with a letter or a digit first and last")
  if (!/^([a-zA-Z0-9]([-.\w]{0,61}[a-zA-Z0-9])?)?$/.test(value)) throw new OptionError(`--metric-label ${label}`, value, "a value of at most 63 letters, digits, '_', '.' and '-', with a letter or a digit first and last: a selector takes no other")
  return [label, value]
}

/** Of a metric. */
export function checkPerProcess(quantity: string): string {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)[mkMG]?$/.exec(quantity)
  if (!match || Number(match[1]) === 0) throw new OptionError('--metric', quantity, "followed by '=' and how much of it is enough for one process: a Kubernetes quantity above 0 such as '100', '0.5' or '2k'")
  return quantity
}

export function checkNetwork(option: string, network: string): string {
  const [address = '', length = '', ...more] = network.split('/')
  const family = isIP(address)
  const isNetwork = family !== 0 && !address.includes('%') && /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128) && more.length === 0
  if (!isNetwork) throw new OptionError(option, network, "a network such as '10.0.0.0/8', '192.0.2.7/32' or 'fd00::/8'")
  return network
}
