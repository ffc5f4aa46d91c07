// Text for a terminal. The one thing to know: item names, errors and logs come from data, so whatever could steer the terminal is shown
// as an escape and never sent.

/** Controls (C0 but tab and newline, DEL, C1), and the marks that turn the direction of text. */
const steering = /(?![\t\n])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

export function neutralised(text: string): string {
  return text.replace(steering, escaped)
}

/** The same on one line. */
export function oneLine(text: string): string {
  // One class repeated: with one before and one after the line break, a megabyte of spaces would take hours.
  return neutralised(text.replace(/\s+/g, space => (space.includes('\n') ? ' ⏎ ' : space))).replaceAll('\t', ' ')
}

/** JSON for a program or a terminal: what could steer one is written as JSON's own escapes, so that it is still the same value. */
export function harmlessJson(json: string): string {
  return json.replace(steering, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
}

const segmenter = new Intl.Segmenter()
/** Scripts and pictures that take two columns. */
const wide = /^(\p{Emoji_Presentation}|\p{Emoji}\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u
const widthless = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

/** Columns that the text takes. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += widthless.test(segment) ? 0 : wide.test(segment) ? 2 : 1
  return width
}

/** At most this many columns; what is cut in the middle becomes '…', for the beginning and the end tell names apart. */
export function shortened(text: string, columns: number): string {
  if (columns === Infinity) return text
  if (columns < 1) return ''
  const looked = columns * charactersPerColumn
  if (text.length <= 2 * looked && widthOf(text) <= columns) return text
  const tail = takeWidth(segmentsOf(text.slice(-looked)).toReversed(), Math.floor((columns - 1) / 3)).toReversed()
  return `${takeWidth(segmentsOf(text.slice(0, looked)), columns - 1 - widthOf(tail.join(''))).join('')}…${tail.join('')}`
}

/** What is seen of a text lies in so many characters at its ends: finding its segments costs a microsecond for each. */
const charactersPerColumn = 16

function segmentsOf(text: string): string[] {
  return [...segmenter.segment(text)].map(({ segment }) => segment)
}

function takeWidth(parts: readonly string[], columns: number): string[] {
  const taken: string[] = []
  let width = 0
  for (const part of parts) {
    width += widthOf(part)
    if (width > columns) break
    taken.push(part)
  }
  return taken
}

export function padded(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, columns - widthOf(text)))
  return align === 'left' ? text + space : space + text
}
