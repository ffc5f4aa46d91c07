// A pinhole camera over a street: metres in, pixels out. x is right, y is up from the ground, z is away from the camera.

export interface Point { readonly x: number; readonly y: number }
export interface Place extends Point { readonly z: number }

export interface Camera {
  readonly width: number
  readonly height: number
  readonly focalPixels: number
  readonly heightMetres: number
  readonly pitchRadians: number
}

export function project(camera: Camera, place: Place): Point {
  const { cosine, sine } = turn(camera.pitchRadians)
  const up = place.y - camera.heightMetres
  const depth = Math.max(0.2, place.z * cosine - up * sine)
  const raised = place.z * sine + up * cosine
  const scale = camera.focalPixels / depth
  return { x: camera.width / 2 + place.x * scale, y: camera.height / 2 - raised * scale }
}

/** How many pixels a metre takes at this place. */
export function pixelsPerMetre(camera: Camera, place: Place): number {
  return camera.focalPixels / distance(camera, place)
}

export function distance(camera: Camera, place: Place): number {
  return Math.hypot(place.x, place.y - camera.heightMetres, place.z)
}

/** Which way a surface faces: towards the camera when positive, for corners given clockwise as seen from outside. */
export function facing(points: readonly Point[]): number {
  let doubledArea = 0
  points.forEach((point, index) => {
    const next = points[(index + 1) % points.length] ?? point
    doubledArea += point.x * next.y - next.x * point.y
  })
  return doubledArea / 2
}

export interface Box { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }

export function boundsOf(points: readonly Point[]): Box {
  const xs = points.map(point => point.x)
  const ys = points.map(point => point.y)
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) }
}

export function overlap(one: Box, other: Box): number {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left)
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
  return Math.max(0, width) * Math.max(0, height)
}

export function areaOf(box: Box): number {
  return (box.right - box.left) * (box.bottom - box.top)
}

export function grown(box: Box, margin: number): Box {
  return { left: box.left - margin, top: box.top - margin, right: box.right + margin, bottom: box.bottom + margin }
}

function turn(radians: number): { cosine: number; sine: number } {
  return { cosine: Math.cos(radians), sine: Math.sin(radians) }
}
