// Shapes as SVG text: polygons, strokes and lettering on surfaces that stand anywhere in the street.
import { type Camera, type Place, type Point, project } from './camera.ts'
import { lineWidth, strokesOf } from './lettering.ts'

export type Colour = readonly [red: number, green: number, blue: number]

export function ink(colour: Colour, light = 1): string {
  return `rgb(${colour.map(part => Math.round(Math.min(255, Math.max(0, part * light)))).join(',')})`
}

export function mixed(one: Colour, other: Colour, share: number): Colour {
  return [0, 1, 2].map(part => (one[part] ?? 0) * (1 - share) + (other[part] ?? 0) * share) as unknown as Colour
}

export function polygon(points: readonly Point[], fill: string, attributes = ''): string {
  return `<polygon points="${pairs(points)}" fill="${fill}" ${attributes}/>`
}

export function stroke(points: readonly Point[], colour: string, width: number, attributes = ''): string {
  return `<polyline points="${pairs(points)}" fill="none" stroke="${colour}" stroke-width="${width.toFixed(2)}" ${attributes}/>`
}

export function rectangle(x: number, y: number, width: number, height: number, fill: string, attributes = ''): string {
  return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${fill}" ${attributes}/>`
}

export function circle(centre: Point, radius: number, fill: string, attributes = ''): string {
  return `<circle cx="${centre.x.toFixed(1)}" cy="${centre.y.toFixed(1)}" r="${radius.toFixed(1)}" fill="${fill}" ${attributes}/>`
}

/** A flat surface: `at(across, down)` gives the place for metres from its top left corner. */
export interface Surface {
  readonly width: number
  readonly height: number
  at(across: number, down: number): Place
}

export function patch(camera: Camera, surface: Surface, left: number, top: number, width: number, height: number): readonly Point[] {
  return [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
    .map(([across = 0, down = 0]) => project(camera, surface.at(across, down)))
}

export interface Line { readonly text: string; readonly left: number; readonly top: number; readonly height: number; readonly weight: number }

/** One line of lettering on a surface; positions and height in metres, weight as a share of the height. */
export function lettering(camera: Camera, surface: Surface, line: Line, colour: string): string {
  const corner = project(camera, surface.at(line.left, line.top))
  const below = project(camera, surface.at(line.left, line.top + line.height))
  const beside = project(camera, surface.at(line.left + line.height, line.top))
  // A pen has one width, so on a surface seen at an angle it is the mean of what both directions keep.
  const width = line.weight * Math.sqrt(Math.hypot(below.x - corner.x, below.y - corner.y) * Math.hypot(beside.x - corner.x, beside.y - corner.y))
  const path = strokesOf(line.text).map(points => 'M' + pairs(points.map(point =>
    project(camera, surface.at(line.left + point.x * line.height, line.top + point.y * line.height)))))
  return `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="${width.toFixed(2)}" stroke-linejoin="round"/>`
}

/** Lettering as large as fits between the margins (metres), in the middle of the surface. */
export function fittedLine(surface: Surface, text: string, margin: number, weight: number): Line {
  const height = Math.min(surface.height - 2 * margin, (surface.width - 2 * margin) / lineWidth(text))
  return { text, height, weight, left: (surface.width - height * lineWidth(text)) / 2, top: (surface.height - height) / 2 }
}

function pairs(points: readonly Point[]): string {
  return points.map(point => `${point.x.toFixed(1)},${point.y.toFixed(1)}`).join(' ')
}
