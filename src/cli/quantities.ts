// Numbers, times and sizes as people read them.

const numbers = new Intl.NumberFormat('en-US')

export function countText(count: number): string {
  return numbers.format(count)
}

/** countOf(1, 'item') is '1 item', countOf(2, 'item') '2 items'. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : plural}`
}

/** '840 ms', '4.2 s', '3 min 20 s', '2 h 5 min'. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.round(minutes / 1_440)} days`
}

/** '<1 µs', '15 µs', '2.3 ms', and from a second on as `durationText`. */
export function spanText(ms: number): string {
  if (ms >= 1_000) return durationText(ms)
  if (ms >= 10) return `${Math.round(ms)} ms`
  if (ms >= 1) return `${ms.toFixed(1)} ms`
  return ms >= 0.001 ? `${Math.round(ms * 1_000)} µs` : '<1 µs'
}

/** '0:42', '12:05', '1:02:05'. */
export function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** '14,000/s', '3.2/s', '12/min': never a zero for what moves. */
export function rateText(perSecond: number): string {
  if (perSecond >= 10) return `${countText(Math.round(perSecond))}/s`
  if (perSecond >= 1) return `${perSecond.toFixed(1)}/s`
  if (perSecond * 60 >= 1) return `${Math.round(perSecond * 60)}/min`
  return perSecond > 0 ? `${Math.max(1, Math.round(perSecond * 3_600))}/h` : ''
}

export function bytesText(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} KB`
  return bytes < 1_000_000_000 ? `${Math.round(bytes / 1_000_000)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

/** Local time, to the second. */
export function timeText(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}
