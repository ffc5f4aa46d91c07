// Keeps V8 from giving the main thread hundreds of megabytes where most of it is garbage: results on their way from the threads to the store. Node's own
// command line could say so beforehand (`--max-semi-space-size`, `--initial-old-space-size`); from within, it is said when it shows to be needed.
import v8 from 'node:v8'
import vm from 'node:vm'

const youngBytesMax = 16_000_000
/** Until its first full collection V8 takes a quarter of a gigabyte to be little, whatever is alive; after it, some times what is. */
const uncollectedBytesMax = 64_000_000
const lookEveryMs = 10

export function boundHeap(): void {
  once(() => youngBytes() >= youngBytesMax, () => v8.setFlagsFromString('--semi-space-growth-factor=1'))
  once(() => v8.getHeapStatistics().total_heap_size >= uncollectedBytesMax, collect)
}

function once(isReached: () => boolean, act: () => void): void {
  const timer = setInterval(() => {
    if (!isReached()) return
    clearInterval(timer)
    act()
  }, lookEveryMs).unref()
}

function youngBytes(): number {
  return v8.getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0
}

function collect(): void {
  v8.setFlagsFromString('--expose-gc')
  const collectAll = vm.runInNewContext('gc') as () => void
  collectAll()
}
