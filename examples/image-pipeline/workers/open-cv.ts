// OpenCV as WebAssembly: loaded at first use, once in each thread. Its matrices live outside the JavaScript heap and are only freed
// when told to, so every function here keeps its matrices in a `Mats` that empties itself at the end of the block.
import type { Cv, Freeable, Mat } from './cv.ts'

// A name in a variable is imported without its types, which do not compile outside of a browser.
const packageName: string = '@techstark/opencv-js'
const processEvents = ['uncaughtException', 'unhandledRejection'] as const

let loading: Promise<{ readonly cv: Cv }> | undefined

/** In an object, because the module itself has a `then` that never settles an `await`. */
export function openCv(): Promise<{ readonly cv: Cv }> {
  loading ??= load()
  return loading
}

async function load(): Promise<{ readonly cv: Cv }> {
  const before = processEvents.map(listenersOf)
  const { default: cv } = await import(packageName) as { default: Cv & { onRuntimeInitialized: () => void } }
  await new Promise<void>(resolve => { cv.onRuntimeInitialized = resolve })
  // The module listens for every uncaught error of the process it is loaded into; those are not its own to handle.
  processEvents.forEach((event, index) => {
    const foreign = listenersOf(event).filter(listener => !before[index]?.includes(listener))
    for (const listener of foreign) process.removeListener(event, listener)
  })
  return { cv }
}

type Listener = (...data: unknown[]) => void

function listenersOf(event: typeof processEvents[number]): readonly Listener[] {
  return process.rawListeners(event) as unknown as readonly Listener[]
}

/** Frees what it keeps: `using mats = new Mats(cv)`. */
export class Mats implements Disposable {
  readonly #cv: Cv
  readonly #kept: Freeable[] = []

  constructor(cv: Cv) {
    this.#cv = cv
  }

  keep<T extends Freeable>(freeable: T): T {
    this.#kept.push(freeable)
    return freeable
  }

  /** An empty matrix for a result. */
  mat(): Mat {
    return this.keep(new this.#cv.Mat())
  }

  /** An 8-bit matrix over a copy of these values. */
  bytes(values: Uint8Array, width: number, height: number, channels: 1 | 3): Mat {
    const mat = this.keep(new this.#cv.Mat(height, width, channels === 1 ? this.#cv.CV_8UC1 : this.#cv.CV_8UC3))
    mat.data.set(values)
    return mat
  }

  [Symbol.dispose](): void {
    while (this.#kept.length > 0) this.#kept.pop()?.delete()
  }
}
