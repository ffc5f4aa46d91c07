// Times in items are milliseconds since 1970; users see Dates.

export function dateAt(milliseconds: number): Date {
  return new Date(milliseconds)
}
