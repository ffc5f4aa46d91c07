// The paints that a census can name, and how a painted panel looks in the light of the street.
import { type Colour, mixed } from './drawing.ts'
import type { Finish } from './bodywork.ts'
import type { Place } from './camera.ts'
import type { Random } from './random.ts'

export const paints: Readonly<Record<string, Colour>> = {
  white: [230, 231, 228], black: [30, 30, 34], red: [176, 28, 34], blue: [30, 66, 158], green: [26, 112, 62], yellow: [232, 184, 28],
}

const finishes: Readonly<Record<Exclude<Finish, 'paint'>, Colour>> = {
  glass: [52, 66, 80], rubber: [24, 24, 26], metal: [150, 152, 156], headlight: [226, 230, 226], 'tail light': [150, 20, 26], trim: [42, 42, 46],
}

/** No two cars of a colour leave the factory the same, and dust does the rest. */
export function sprayed(random: Random, paint: Colour): Colour {
  const dust = random.between(0, 0.12)
  const jitter = random.between(0.9, 1.08)
  return mixed(paint.map(part => part * jitter + random.between(-8, 8)) as unknown as Colour, [128, 120, 108], dust)
}

export function colourOf(finish: Finish, paint: Colour): Colour {
  return finish === 'paint' ? paint : finishes[finish]
}

/** How bright a surface is: sky light from above plus sun from one side. */
export function lightOn(corners: readonly Place[], sun: Place): number {
  const [a, b, c] = corners
  if (!a || !b || !c) return 1
  const one = { x: b.x - a.x, y: b.y - a.y, z: b.z - a.z }
  const other = { x: c.x - a.x, y: c.y - a.y, z: c.z - a.z }
  const normal = { x: one.y * other.z - one.z * other.y, y: one.z * other.x - one.x * other.z, z: one.x * other.y - one.y * other.x }
  const length = Math.hypot(normal.x, normal.y, normal.z) || 1
  const towardsSun = (normal.x * sun.x + normal.y * sun.y + normal.z * sun.z) / length
  return 0.66 + 0.12 * (normal.y / length) + 0.32 * Math.max(0, towardsSun)
}
