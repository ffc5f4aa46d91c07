// From a clean drawing to a photograph: exposure, colour cast, focus, grain and JPEG compression, each as the seed wills.
import sharp from 'sharp'
import type { Random } from './random.ts'
import type { Scene } from './scene.ts'

interface Exposure {
  readonly gains: readonly number[]
  readonly blurSigma: number
  readonly grain: number
  readonly vignette: number
  readonly quality: number
}

const noiseTable = normalNoise(1 << 16)

export async function develop(scene: Scene, random: Random): Promise<Buffer> {
  const exposure = expose(random)
  const drawn = sharp(Buffer.from(scene.svg)).removeAlpha()
  const focused = exposure.blurSigma > 0.3 ? drawn.blur(exposure.blurSigma) : drawn
  const { data, info } = await focused.raw().toBuffer({ resolveWithObject: true })
  exposePixels(data, info.width, info.height, exposure, random.integer(0, noiseTable.length - 1))
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } }).jpeg({ quality: exposure.quality }).toBuffer()
}

/** One photograph in four is taken in poor light: darker, warmer or colder, and grainier. */
function expose(random: Random): Exposure {
  const dark = random.chance(0.25)
  const brightness = dark ? random.between(0.32, 0.55) : random.between(0.8, 1.12)
  const warmth = random.between(-0.08, 0.08) * (dark ? 1.5 : 1)
  return {
    gains: [brightness * (1 + warmth), brightness, brightness * (1 - warmth)],
    blurSigma: random.chance(0.35) ? random.between(0.4, 0.9) : 0,
    grain: dark ? random.between(4, 9) : random.between(1.5, 6),
    vignette: random.between(0, 0.3),
    quality: random.integer(72, 93),
  }
}

function exposePixels(pixels: Buffer, width: number, height: number, exposure: Exposure, start: number): void {
  const [red = 1, green = 1, blue = 1] = exposure.gains
  const reach = (width * width + height * height) / 4
  let sample = start
  for (let row = 0, offset = 0; row < height; row++) {
    const down = (row - height / 2) ** 2
    // A step that differs by row keeps the noise table from showing as a pattern.
    const step = 1 + ((row * 2654435761) >>> 16) % 251
    for (let column = 0; column < width; column++, offset += 3) {
      const fall = 1 - exposure.vignette * ((column - width / 2) ** 2 + down) / reach
      sample = (sample + step) & (noiseTable.length - 1)
      const grey = exposure.grain * (noiseTable[sample] ?? 0)
      const tint = 0.4 * exposure.grain * (noiseTable[(sample * 7) & (noiseTable.length - 1)] ?? 0)
      pixels[offset] = clamped((pixels[offset] ?? 0) * red * fall + grey + tint)
      pixels[offset + 1] = clamped((pixels[offset + 1] ?? 0) * green * fall + grey)
      pixels[offset + 2] = clamped((pixels[offset + 2] ?? 0) * blue * fall + grey - tint)
    }
  }
}

function clamped(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value
}

/** Sums of uniform numbers from a fixed recurrence: near enough to normal, and the same on every machine. */
function normalNoise(length: number): Float32Array {
  let bits = 20_240_229
  const uniform = (): number => {
    bits = (Math.imul(bits, 1_664_525) + 1_013_904_223) | 0
    return (bits >>> 8) / 2 ** 24 - 0.5
  }
  return Float32Array.from({ length }, () => (uniform() + uniform() + uniform() + uniform()) * Math.sqrt(3))
}
