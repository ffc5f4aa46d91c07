// A small neural network with one hidden layer, read from a model file. The models are learned by training/train.ts.
import { readFileSync } from 'node:fs'

export interface Model {
  readonly labels: readonly string[]
  readonly inputs: number
  readonly hidden: number
  /** Rows of weights, a bias at the end of each: the hidden layer's, then the output layer's. Whole numbers from -127 to 127 in base64. */
  readonly weights: string
  /** What a weight of 127 stands for, in each layer. */
  readonly largest: readonly [hidden: number, output: number]
}

export class Network {
  readonly labels: readonly string[]
  readonly #inputs: number
  readonly #hidden: Float32Array
  readonly #output: Float32Array

  constructor(model: Model) {
    const weights = new Int8Array(Buffer.from(model.weights, 'base64'))
    const border = model.hidden * (model.inputs + 1)
    this.labels = model.labels
    this.#inputs = model.inputs
    this.#hidden = Float32Array.from(weights.subarray(0, border), weight => weight * model.largest[0] / 127)
    this.#output = Float32Array.from(weights.subarray(border), weight => weight * model.largest[1] / 127)
  }

  static read(file: URL): Network {
    return new Network(JSON.parse(readFileSync(file, 'utf8')) as Model)
  }

  /** The label that is most probable over several views of one thing. */
  agree(views: readonly Float32Array[]): string {
    const probabilities = views.map(view => this.probabilities(view))
    const sums = this.labels.map((_, label) => probabilities.reduce((sum, view) => sum + (view[label] ?? 0), 0))
    return this.labels[sums.indexOf(Math.max(...sums))] ?? ''
  }

  probabilities(features: Float32Array): readonly number[] {
    if (features.length !== this.#inputs) {
      throw new Error(`The model takes ${this.#inputs} features, but got ${features.length}: it was trained for other features. Run training/train.ts again.`)
    }
    const hidden = layer(this.#hidden, features).map(Math.tanh)
    const output = layer(this.#output, hidden)
    const largest = Math.max(...output)
    const shares = Array.from(output, value => Math.exp(value - largest))
    const sum = shares.reduce((total, share) => total + share, 0)
    return shares.map(share => share / sum)
  }
}

function layer(weights: Float32Array, inputs: Float32Array): Float32Array {
  const stride = inputs.length + 1
  return Float32Array.from({ length: weights.length / stride }, (_, row) => {
    let sum = weights[row * stride + inputs.length] ?? 0
    for (let index = 0; index < inputs.length; index++) sum += (weights[row * stride + index] ?? 0) * (inputs[index] ?? 0)
    return sum
  })
}
