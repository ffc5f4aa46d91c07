// The street that the vehicles stand in: sky, hills, road and markings, with houses and signs behind.
import { type Camera, type Place, project } from './camera.ts'
import { buildings } from './buildings.ts'
import { ink, mixed, polygon, rectangle } from './drawing.ts'
import { furniture } from './furniture.ts'
import type { Random } from './random.ts'

export function drawStreet(camera: Camera, random: Random): string {
  const horizon = project(camera, { x: 0, y: camera.heightMetres, z: 4000 }).y
  const kerb = random.between(17, 24)
  return [
    sky(camera, horizon), hills(camera, random, horizon), ...buildings(camera, random, kerb + 3), road(camera, kerb), ...repairs(camera, random), pavement(camera, kerb),
    ...markings(camera, random, kerb), ...furniture(camera, random, kerb),
  ].join('')
}

export function definitions(random: Random): string {
  const blue = random.between(0, 1)
  const top = ink(mixed([112, 158, 214], [176, 182, 190], blue))
  return `<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="#dfe6ea"/></linearGradient>
<linearGradient id="glass" x1="0" y1="0" x2="0.6" y2="1"><stop offset="0" stop-color="#8fa0ad"/><stop offset="0.45" stop-color="#47565f"/><stop offset="1" stop-color="#20282e"/></linearGradient>
<linearGradient id="road" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#8a8a8c"/><stop offset="1" stop-color="#5e5e62"/></linearGradient></defs>`
}

function sky(camera: Camera, horizon: number): string {
  return rectangle(0, 0, camera.width, Math.max(1, horizon + 40), 'url(#sky)')
}

/** What closes the gaps between the buildings: greenery down to the ground. */
function hills(camera: Camera, random: Random, horizon: number): string {
  const tops = Array.from({ length: 17 }, (_, step) => ({ x: (step / 16) * camera.width, y: horizon - random.between(18, 60) }))
  const leaf = mixed([72, 98, 66], [120, 128, 116], random.fraction())
  return polygon([...tops, { x: camera.width, y: camera.height }, { x: 0, y: camera.height }], ink(leaf))
}

function road(camera: Camera, kerb: number): string {
  return polygon(ground(camera, 3, kerb).map(place => project(camera, place)), 'url(#road)')
}

/** Patched asphalt and manhole covers. */
function repairs(camera: Camera, random: Random): readonly string[] {
  return Array.from({ length: random.integer(2, 6) }, () => {
    const [x, z, width, length] = [random.between(-6, 6), random.between(4, 15), random.between(0.5, 2.5), random.between(0.6, 3)]
    const corners = [[x, z + length], [x + width, z + length], [x + width, z], [x, z]] as const
    const shade = random.pick(['#4c4c50', '#56565a', '#8e8d8a'])
    return polygon(corners.map(([across, away]) => project(camera, { x: across, y: 0, z: away })), shade, 'opacity="0.5"')
  })
}

function pavement(camera: Camera, kerb: number): string {
  const far = ground(camera, kerb, kerb + 3).map(place => project(camera, { ...place, y: 0.12 }))
  const edge = ground(camera, kerb, kerb).map((place, index) => project(camera, { ...place, y: index < 2 ? 0.12 : 0 }))
  return polygon(far, '#a8a49c') + polygon(edge, '#7c7872')
}

function markings(camera: Camera, random: Random, kerb: number): readonly string[] {
  if (random.chance(0.3)) return []
  const slant = random.between(-0.4, 0.4)
  const start = random.between(-1, 1)
  return Array.from({ length: 7 }, (_, bay) => {
    const x = start + (bay - 3) * 2.9
    const line = [[x, 6], [x + 0.12, 6], [x + 0.12 + slant * 5, 11], [x + slant * 5, 11]] as const
    return polygon(line.map(([across, z]) => project(camera, { x: across, y: 0, z: Math.min(z, kerb) })), '#c9c7bf', 'opacity="0.8"')
  })
}

function ground(camera: Camera, near: number, far: number): readonly Place[] {
  const reach = camera.width
  return [{ x: -reach, y: 0, z: far }, { x: reach, y: 0, z: far }, { x: reach, y: 0, z: near }, { x: -reach, y: 0, z: near }]
}
