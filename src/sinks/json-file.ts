// One JSON document, such as the one result of a reduce.
import { PermanentError } from '../model/errors.ts'
import { checkText } from '../sources/options.ts'
import type { Sink } from '../sink.ts'
import { FileSink, type Format } from './file-sink.ts'
import { plainJson } from './plain-json.ts'

/**
 * The one item as a JSON file, which appears when the run has completed; values become JSON as in `jsonLinesFile`. A second item is refused
 * with PermanentError. A run without an item removes the file: it would be another run's result. A redrive of a completed run may bring a new item,
 * which replaces the old one. Throws OptionError for a wrong path.
 *
 *     census.to(jsonFile('census.json'))
 */
export function jsonFile(path: string): Sink<unknown> {
  checkText('jsonFile: the path', path, "the path of a file, such as 'census.json'")
  return new FileSink(path, oneDocument(path))
}

function oneDocument(path: string): Format<unknown> {
  return {
    empty: undefined,
    grows: false,
    encode(items, staged) {
      if (staged + items.length > 1) {
        throw new PermanentError(`${path} can hold one JSON document, but item ${staged + items.length} came for it; use jsonLinesFile for many items, or reduce them to one first`)
      }
      return { text: `${plainJson(items[0], 2)}\n` }
    },
  }
}
