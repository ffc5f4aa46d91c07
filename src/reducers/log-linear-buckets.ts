// Buckets of nearly the same relative width: 64 equal ones between each power of two and the next, as in HdrHistogram and circllhist. A bucket
// is the sign, the exponent and six bits of the fraction of a number, cut from its bits: the same on every machine, unlike a logarithm.

const bits = new DataView(new ArrayBuffer(8))
const cutBits = 14
const notANumber = 2 ** 18 - 1

/** From 0 to 2 ** 18 - 1. */
export function bucketOf(value: number): number {
  if (Number.isNaN(value)) return notANumber
  bits.setFloat64(0, value)
  return bits.getUint32(0) >>> cutBits
}

/** The middle of a bucket: within 1 / 128 of every number in it, below 2 ** -1022 within 2 ** -1028. 0 for that around zero, infinities for theirs. */
export function middleOf(bucket: number): number {
  const start = floatOf(bucket << cutBits)
  if (start === 0) return 0
  return Number.isFinite(start) ? floatOf((bucket << cutBits) | (1 << (cutBits - 1))) : start
}

function floatOf(highBits: number): number {
  bits.setInt32(0, highBits)
  bits.setInt32(4, 0)
  return bits.getFloat64(0)
}
