// An item was listed and is no more: whoever listed it took it back, and nothing is to be done.
import { BatchworkError } from '../model/errors.ts'

export class ItemGoneError extends BatchworkError {
  constructor(name: string, source: string) {
    super('ITEM_GONE', `${source} listed the item '${name}' and now says that it does not exist; it is passed over and tried again if it is listed again`)
  }
}
