// A stroke alphabet, so that text follows any surface in perspective and looks the same on every machine, whatever fonts it has.
// Each glyph is strokes of two-digit points (column 0-4, row 0-6).
import type { Point } from './camera.ts'

const glyphs: Readonly<Record<string, string>> = {
  A: '062046 1434', B: '00304142334445360600 0333', C: '4130100105163645', D: '00204244260600', E: '40000646 0333',
  F: '400006 0333', G: '41301001051636454323', H: '0006 4046 0343', I: '1030 2026 1636', J: '4045361605', K: '0006 400346',
  L: '000646', M: '0600234046', N: '06004640', O: '103041453616050110', P: '06003041423303', Q: '103041453616050110 2446',
  R: '06003041423303 2346', S: '413010010213334445361605', T: '0040 2026', U: '000516364540', V: '002640', W: '0016233640',
  X: '0046 4006', Y: '002340 2326', Z: '00400646',
  0: '103041453616050110', 1: '112026 1636', 2: '01103041420646', 3: '0110304142334445361605 1333', 4: '36300444',
  5: '400003334445361605', 6: '4130100105163645443303', 7: '004016', 8: '13020110304142331304051636454433', 9: '0516364541301001021343',
}

const advanceUnits = 5.6
const rowsPerGlyph = 6
const columnsPerGlyph = 4

/** The strokes of a line of text, in units of its height: x from 0 to `lineWidth(text)`, y from 0 down to 1. */
export function strokesOf(text: string): readonly (readonly Point[])[] {
  return [...text].flatMap((letter, index) => glyphStrokes(letter).map(stroke =>
    stroke.map(point => ({ x: (point.x + index * advanceUnits) / rowsPerGlyph, y: point.y / rowsPerGlyph }))))
}

/** The left edge of the letter at `index`, and how wide any letter is, in units of the line's height. */
export function letterBox(index: number): { readonly left: number; readonly width: number } {
  return { left: index * advanceUnits / rowsPerGlyph, width: columnsPerGlyph / rowsPerGlyph }
}

export function lineWidth(text: string): number {
  return (text.length * advanceUnits - (advanceUnits - columnsPerGlyph)) / rowsPerGlyph
}

function glyphStrokes(letter: string): readonly (readonly Point[])[] {
  const strokes = glyphs[letter]
  return strokes === undefined ? [] : strokes.split(' ').map(pointsOf)
}

function pointsOf(stroke: string): readonly Point[] {
  return (stroke.match(/../g) ?? []).map(pair => ({ x: Number(pair[0]), y: Number(pair[1]) }))
}
