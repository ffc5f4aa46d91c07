// Keeps V8 from giving the main thread a young generation of a hundred megabytes, as it does where much survives for a moment: results on their way from the
// threads to the store. `--max-semi-space-size` would say it, but only on Node's own command line; that it does not grow any more can be said at any time.
import v8 from 'node:v8'

const bytesMax = 16_000_000
const lookEveryMs = 10

export function boundYoungGeneration(): void {
  const timer = setInterval(() => {
    const space = v8.getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    if (space === undefined || space.space_size < bytesMax) return
    v8.setFlagsFromString('--semi-space-growth-factor=1')
    clearInterval(timer)
  }, lookEveryMs).unref()
}
