// The source interface as an OpenAPI document. The list and the item are as in Burns, Designing Distributed Systems; paging and conditional requests are
// an extension that a plain server need not know, and a client must not need.

const error = (description: string) => ({ description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Status' } } } })

const refusals = { 400: error('The request is malformed.'), 401: error('A token is needed.'), 403: error('The Host or Origin is not allowed.'), 405: error('Only GET and HEAD are served.'), 503: error('What is served cannot be read now.') }

const itemTag = { schema: { type: 'string' }, description: 'A strong validator.' }

export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Batchwork work source',
    version: '1.0.0',
    description: 'Supplies named work items to a work queue. There is no completion endpoint: who works on the items keeps the record of what is done.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  security: [{}, { token: [] }],
  paths: {
    '/api/v1/items': {
      get: {
        operationId: 'listItems',
        summary: 'Names of the items there are',
        parameters: [
          { name: 'limit', in: 'query', required: false, description: 'Extension: at most so many names; metadata.continue tells where the list goes on.', schema: { type: 'integer', minimum: 1, maximum: 10_000 } },
          { name: 'continue', in: 'query', required: false, description: 'Extension: the metadata.continue of the page before. Opaque.', schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,2000}$' } },
          { name: 'If-None-Match', in: 'header', required: false, description: 'Extension: 304 where the list still has this ETag.', schema: { type: 'string' } },
        ],
        responses: {
          200: { description: 'All names, or a page of them.', headers: { ETag: itemTag }, content: { 'application/json': { schema: { $ref: '#/components/schemas/ItemList' } } } },
          304: { description: 'Nothing was added or removed.', headers: { ETag: itemTag } },
          ...refusals,
        },
      },
    },
    '/api/v1/items/{name}': {
      get: {
        operationId: 'getItem',
        summary: 'One item',
        parameters: [{ name: 'name', in: 'path', required: true, description: 'Percent-encoded; opaque.', schema: { type: 'string', minLength: 1, maxLength: 253 } }],
        responses: {
          200: { description: 'The item.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Item' } } } },
          404: error('There is no item of this name.'),
          ...refusals,
        },
      },
    },
  },
  components: {
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    schemas: {
      ItemList: {
        type: 'object', required: ['kind', 'apiVersion', 'items'],
        properties: {
          kind: { const: 'ItemList' }, apiVersion: { const: 'v1' }, items: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 253 } },
          metadata: { type: 'object', properties: { continue: { type: 'string' }, remainingItemCount: { type: 'integer', minimum: 0 }, resourceVersion: { type: 'string' } } },
        },
      },
      Item: { type: 'object', required: ['kind', 'apiVersion', 'data'], properties: { kind: { const: 'Item' }, apiVersion: { const: 'v1' }, data: { type: 'object' } } },
      Status: {
        type: 'object', required: ['kind', 'apiVersion', 'status', 'message', 'code'],
        properties: { kind: { const: 'Status' }, apiVersion: { const: 'v1' }, status: { const: 'Failure' }, message: { type: 'string' }, code: { type: 'integer' } },
      },
    },
  },
} as const
