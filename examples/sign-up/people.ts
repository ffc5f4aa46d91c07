// Who signs up. Deterministic: everyone wants mail, every second one text messages too, and number 7 forgot the phone number.
export interface Person {
  readonly email: string
  readonly phone?: string
  readonly channels: ('email' | 'sms')[]
}

export const people: readonly Person[] = Array.from({ length: 40 }, (_, index) => {
  const email = `user${index}@example.org`
  if (index % 2 === 0) return { email, channels: ['email'] }
  return index === 7 ? { email, channels: ['email', 'sms'] } : { email, phone: `+49 30 ${1_000 + index}`, channels: ['email', 'sms'] }
})
