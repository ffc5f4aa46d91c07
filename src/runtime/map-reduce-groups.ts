// Which sections are merged together: as many as fit the memory. A section that does not fit by itself is merged in several passes, each taking a part
// of its keys, so that memory is bounded however many keys there are.
import type { MergeGroup, RunFile } from '../map-reducer.ts'

export function groupsOf(files: readonly RunFile[], bytesMax: number): readonly MergeGroup[] {
  const bytes = bytesBySection(files)
  const groups: { from: number; to: number; bytes: number }[] = []
  bytes.forEach((size, number) => {
    const last = groups.at(-1)
    if (last && last.bytes + size <= bytesMax) {
      last.to = number + 1
      last.bytes += size
    } else groups.push({ from: number, to: number + 1, bytes: size })
  })
  return groups.flatMap(group => passesOf(group, bytesMax, groups.length === 1))
}

function passesOf({ from, to, bytes }: { readonly from: number; readonly to: number; readonly bytes: number }, bytesMax: number, isSole: boolean): readonly MergeGroup[] {
  const passes = Math.max(1, Math.ceil(bytes / bytesMax))
  return Array.from({ length: passes }, (_, pass) => ({ from, to, pass, passes, isWhole: isSole && passes === 1 }))
}

/** Up to the last section that has any; one at least. */
function bytesBySection(files: readonly RunFile[]): readonly number[] {
  const bytes = [0]
  for (const { number, bytes: size } of files.flatMap(({ runs }) => runs.flat())) {
    while (bytes.length <= number) bytes.push(0)
    bytes[number]! += size
  }
  return bytes
}
