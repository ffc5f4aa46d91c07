// A backlog over time as one line of text: each column the most in its part of the time, on a scale of its own.
const steps = ' ▁▂▃▄▅▆▇█'
const columns = 40

export function backlogDrawing(backlog: readonly number[]): string {
  const most = Math.max(1, ...backlog)
  const width = Math.ceil(backlog.length / columns)
  const parts = Array.from({ length: Math.ceil(backlog.length / width) }, (_, index) => Math.max(...backlog.slice(index * width, (index + 1) * width)))
  return parts.map(value => steps[Math.ceil(value / most * (steps.length - 1))]).join('')
}
