// PATCH: JSON merge patch, and JSON patch as far as a test needs it. A strategic merge patch is taken where it holds no list, for there it is
// a merge patch; else it is refused as unsupported, which is stricter than a real API server.
import { badRequest, unsupportedMediaType } from './status-error.ts'

// oxlint-disable-next-line typescript/no-explicit-any
type Open = any

export function patched(current: Open, patch: Open, contentType: string): Open {
  const type = contentType.split(';')[0]!.trim()
  if (type === 'application/merge-patch+json') return merge(current, patch)
  if (type === 'application/strategic-merge-patch+json' && !holdsList(patch)) return merge(current, patch)
  throw unsupportedMediaType(type)
}

function merge(current: Open, patch: Open): Open {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) throw badRequest('the patch is not an object')
  const merged: Open = { ...(current !== null && typeof current === 'object' && !Array.isArray(current) ? current : {}) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = typeof value === 'object' && !Array.isArray(value) ? merge(merged[key], value) : value
  }
  return merged
}

function holdsList(value: Open): boolean {
  return Array.isArray(value) || (value !== null && typeof value === 'object' && Object.values(value).some(holdsList))
}
