// Colours by meaning, not by name. NO_COLOR, FORCE_COLOR, NODE_DISABLE_COLORS and dumb terminals are honoured by util.styleText, which
// asks the stream.
import { styleText } from 'node:util'

export type Meaning = 'good' | 'bad' | 'warning' | 'active' | 'quiet' | 'strong'

export type Paint = (meaning: Meaning, text: string) => string

const styles = { good: 'green', bad: 'red', warning: 'yellow', active: 'cyan', quiet: 'dim', strong: 'bold' } as const

export function paintFor(stream: NodeJS.WriteStream): Paint {
  return (meaning, text) => (text === '' ? '' : styleText(styles[meaning], text, { stream }))
}

export const plain: Paint = (_, text) => text
