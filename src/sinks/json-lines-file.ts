// One JSON value a line.
import { linesOf } from '../model/items.ts'
import { checkText } from '../sources/options.ts'
import type { Sink } from '../sink.ts'
import { FileSink } from './file-sink.ts'
import { isSurelyPlain, plainJson } from './plain-json.ts'

/**
 * All items as a JSON Lines file, which appears when the run has completed; a run without items leaves an empty one. What a redrive brings to a
 * completed run is added. A Date becomes ISO text, a bigint decimal text, bytes base64, a Set an
 * array, a Map an object where all its keys are strings and else an array of pairs. Throws OptionError for a wrong path.
 *
 *     orders.to(jsonLinesFile('orders.jsonl'))
 */
export function jsonLinesFile(path: string): Sink<unknown> {
  checkText('jsonLinesFile: the path', path, "the path of a file, such as 'orders.jsonl'")
  return new FileSink(path, { empty: '', grows: true, isJsonLines: true, encode: items => ({ text: textOf(items) }) })
}

/** Text that grows by each line is made whole once, when it becomes bytes: half the time of a list that is joined. */
function textOf(items: readonly unknown[]): string {
  if (items.every(isSurelyPlain)) return linesOf(items)
  let text = ''
  for (const item of items) text += `${plainJson(item)}\n`
  return text
}
