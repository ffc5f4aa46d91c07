// Lines of made-up words with the frequencies of a language: the word of rank n comes about 1/n as often as the first (Zipf), and common words are short.
import { CountsDigest } from '../counts/digest.ts'
import type { CountedFile } from './counted-file.ts'
import { writeLines } from './line-file.ts'
import { seededBits } from './seeded.ts'

const vocabulary = 49_000
const wordsPerLine = 12
/** Tickets of the lottery in which each word has its share: a power of two, so that random bits name one. */
const tickets = 1 << 21
const onsets = ['b', 'c', 'd', 'f', 'g', 'h', 'l', 'm', 'n', 'p', 'r', 's', 't', 'w', 'st', 'th', 'tr', 'pl', 'ch', 'sh']
const rhymes = ['ent', 'ing', 'ous', 'er', 'an', 'ed', 'on', 'in', 'o', 'a', 'e', 'i']
/** The most common words have one syllable, the others two or three. */
const shortWords = 40
const syllables = onsets.length * rhymes.length

export const itemsPerLine = wordsPerLine

/** Words lie between single spaces. */
export function makeProse(file: string, lines: number): CountedFile {
  const next = seededBits(49_049)
  const words = Array.from({ length: vocabulary }, (_, rank) => wordOf(rank < shortWords ? rank : rank + syllables))
  const lottery = lotteryOf(vocabulary)
  const uses = new Float64Array(vocabulary)
  const bytes = writeLines(file, lines, () => {
    let line = ''
    for (let index = 0; index < wordsPerLine; index++) {
      const rank = lottery[next() & (tickets - 1)]!
      uses[rank]!++
      line += index === 0 ? words[rank]! : ` ${words[rank]!}`
    }
    return line
  })
  const digest = new CountsDigest()
  uses.forEach((count, rank) => count > 0 && digest.add(words[rank]!, count))
  return { file, bytes, lines, items: lines * wordsPerLine, distinct: digest.entries, digest }
}

/** A number to the base of the syllables. No two ranks have one word: a syllable begins with consonants, and no rhyme continues as another by them. */
function wordOf(number: number): string {
  const syllable = (digit: number) => onsets[digit % onsets.length]! + rhymes[Math.floor(digit / onsets.length)]!
  return number < syllables ? syllable(number) : wordOf(Math.floor(number / syllables) - 1) + syllable(number % syllables)
}

function lotteryOf(words: number): Uint16Array {
  const harmonic = Array.from({ length: words }, (_, rank) => 1 / (rank + 1)).reduce((sum, share) => sum + share)
  const lottery = new Uint16Array(tickets)
  let [taken, share] = [0, 0]
  for (let rank = 0; rank < words; rank++) {
    share += 1 / (rank + 1) / harmonic
    const until = Math.max(taken + 1, Math.round(share * tickets))
    lottery.fill(rank, taken, until)
    taken = until
  }
  return lottery
}
