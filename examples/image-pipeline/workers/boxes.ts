// Upright rectangles in a photograph, in pixels.

export interface Box { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

export function grown(box: Box, across: number, down: number): Box {
  return { x: box.x - across, y: box.y - down, width: box.width + 2 * across, height: box.height + 2 * down }
}

export function scaled({ x, y, width, height }: Box, factor: number): Box {
  return { x: x * factor, y: y * factor, width: width * factor, height: height * factor }
}

/** Whole pixels, inside of the picture. */
export function within(box: Box, width: number, height: number): Box {
  const x = Math.min(width - 1, Math.max(0, Math.floor(box.x)))
  const y = Math.min(height - 1, Math.max(0, Math.floor(box.y)))
  const right = Math.min(width, Math.max(x + 1, Math.ceil(box.x + box.width)))
  const bottom = Math.min(height, Math.max(y + 1, Math.ceil(box.y + box.height)))
  return { x, y, width: right - x, height: bottom - y }
}

export function shared(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  return Math.max(0, width) * Math.max(0, height)
}

export function area(box: Box): number {
  return box.width * box.height
}
