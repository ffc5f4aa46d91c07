// Where items wait, as text.
import { countText } from './quantities.ts'
import { oneLine } from './terminal-text.ts'

const placesMax = 12

/** Where something waits: those with most first. */
export function placesText(places: readonly (readonly [place: string, waiting: number])[]): string {
  const waiting = places.filter(([, count]) => count > 0).toSorted(([, a], [, b]) => b - a)
  if (waiting.length === 0) return ''
  const more = waiting.length > placesMax ? `, and in ${waiting.length - placesMax} more` : ''
  return `: ${waiting.slice(0, placesMax).map(([place, count]) => `${countText(count)} in ${oneLine(place)}`).join(', ')}${more}`
}
