// What a user writes for one line of the orders: the gross price in cents. The same sum as in peers/spring-batch.
import type { LineItem } from 'batchwork'

export function priced({ text }: LineItem) {
  const [order, amount] = text.split(';') as [string, string]
  const [whole, hundredths] = amount.split('.')
  const cents = Number(whole) * 100 + Number(hundredths)
  return { order, cents: Math.floor((cents * 119 + 50) / 100) }
}
