// Learns the weights of a network with one hidden layer: mini-batches, Adam (Kingma and Ba 2015), cross entropy. Repeats exactly.
import type { Model } from '../workers/network.ts'

export interface Example { readonly features: Float32Array; readonly label: string }
export interface LearnOptions { readonly labels: readonly string[]; readonly hidden: number; readonly epochs: number }

const batchSize = 64
const rate = 0.002
const decay = 1e-4
/** The share of features hidden from each lesson (dropout, Srivastava et al. 2014), so that no single one is relied on. */
const hiddenShare = 0.2

export function learn(examples: readonly Example[], { labels, hidden, epochs }: LearnOptions): Model {
  const inputs = examples[0]?.features.length ?? 0
  const border = hidden * (inputs + 1)
  const trainer = new Adam(initialWeights(inputs, hidden, labels.length))
  const gradient = new Float32Array(trainer.weights.length)
  const next = sequence(7)
  const answers = examples.map(example => labels.indexOf(example.label))
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(examples.length, epoch)
    for (let start = 0; start < order.length; start += batchSize) {
      gradient.fill(0)
      const batch = order.subarray(start, start + batchSize)
      for (const index of batch) addGradient(trainer.weights, gradient, partlyHidden(examples[index]!.features, next), answers[index]!, hidden, border)
      trainer.step(gradient, batch.length, rate * (1 - epoch / epochs))
    }
  }
  return packed(trainer.weights, { labels, inputs, hidden }, border)
}

function partlyHidden(features: Float32Array, next: () => number): Float32Array {
  return features.map(value => next() < hiddenShare ? 0 : value / (1 - hiddenShare))
}

function addGradient(weights: Float32Array, gradient: Float32Array, features: Float32Array, answer: number, hidden: number, border: number): void {
  const inputs = features.length
  const middle = new Float32Array(hidden + 1).fill(1)
  for (let unit = 0; unit < hidden; unit++) middle[unit] = Math.tanh(rowSum(weights, unit * (inputs + 1), features))
  const errors = shares(weights, border, middle)
  errors[answer]! -= 1
  const back = new Float32Array(hidden)
  errors.forEach((error, label) => {
    const row = border + label * (hidden + 1)
    for (let unit = 0; unit < hidden; unit++) back[unit]! += error * weights[row + unit]!
    for (let unit = 0; unit <= hidden; unit++) gradient[row + unit]! += error * middle[unit]!
  })
  for (let unit = 0; unit < hidden; unit++) {
    const error = back[unit]! * (1 - middle[unit]! ** 2)
    const row = unit * (inputs + 1)
    for (let index = 0; index < inputs; index++) gradient[row + index]! += error * features[index]!
    gradient[row + inputs]! += error
  }
}

function shares(weights: Float32Array, border: number, middle: Float32Array): Float32Array {
  const labels = (weights.length - border) / middle.length
  const units = middle.subarray(0, -1)
  const values = Float32Array.from({ length: labels }, (_, label) => rowSum(weights, border + label * middle.length, units))
  const largest = Math.max(...values)
  const powers = values.map(value => Math.exp(value - largest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map(power => power / sum)
}

function rowSum(weights: Float32Array, start: number, inputs: Float32Array): number {
  let sum = weights[start + inputs.length]!
  for (let index = 0; index < inputs.length; index++) sum += weights[start + index]! * inputs[index]!
  return sum
}

class Adam {
  readonly weights: Float32Array
  readonly #mean: Float32Array
  readonly #square: Float32Array
  #steps = 0

  constructor(weights: Float32Array) {
    this.weights = weights
    this.#mean = new Float32Array(weights.length)
    this.#square = new Float32Array(weights.length)
  }

  step(gradient: Float32Array, examples: number, speed: number): void {
    this.#steps += 1
    const scale = speed * Math.sqrt(1 - 0.999 ** this.#steps) / (1 - 0.9 ** this.#steps)
    for (let index = 0; index < gradient.length; index++) {
      const slope = gradient[index]! / examples
      this.#mean[index] = 0.9 * this.#mean[index]! + 0.1 * slope
      this.#square[index] = 0.999 * this.#square[index]! + 0.001 * slope * slope
      this.weights[index]! -= scale * this.#mean[index]! / (Math.sqrt(this.#square[index]!) + 1e-8) + speed * decay * this.weights[index]!
    }
  }
}

function initialWeights(inputs: number, hidden: number, labels: number): Float32Array {
  const next = sequence(1)
  return Float32Array.from({ length: hidden * (inputs + 1) + labels * (hidden + 1) }, () => (next() - 0.5) * 2 / Math.sqrt(inputs))
}

function shuffled(length: number, seed: number): Uint32Array {
  const next = sequence(seed + 100)
  const order = Uint32Array.from({ length }, (_, index) => index)
  for (let index = length - 1; index > 0; index--) {
    const other = Math.floor(next() * (index + 1))
    const kept = order[index]!
    order[index] = order[other]!
    order[other] = kept
  }
  return order
}

export function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

function packed(weights: Float32Array, shape: Pick<Model, 'labels' | 'inputs' | 'hidden'>, border: number): Model {
  const parts = [weights.subarray(0, border), weights.subarray(border)]
  const largest = parts.map(part => part.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0)) as [number, number]
  const whole = parts.flatMap((part, layer) => Array.from(part, weight => Math.round(weight / largest[layer]! * 127)))
  return { ...shape, largest, weights: Buffer.from(Int8Array.from(whole).buffer).toString('base64') }
}
