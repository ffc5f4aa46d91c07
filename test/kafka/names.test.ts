import { equal, match, notEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaNames } from '../../src/logs/kafka/names.ts'

const names = new KafkaNames('batchwork')

test('a name that Kafka allows stays as it is, with a dot for each slash', () => {
  equal(names.topic('words'), 'batchwork.words')
  equal(names.topic('word-count/1/access_log/dead-letters'), 'batchwork.word-count.1.access_log.dead-letters')
})

test('other names are legal, short enough, and kept apart', () => {
  const odd = ['a.b', 'a b', 'a:b', 'ü', '', '/', '/keeps/x', 'a//b', '..', 'x'.repeat(300), `${'x'.repeat(299)}y`, 'page counts/1/pages', 'a-0123456789']
  const made = odd.map(name => names.topic(name))
  for (const name of made) {
    match(name, /^[a-zA-Z0-9._-]+$/)
    ok(name.length <= 249)
  }
  equal(new Set(made).size, odd.length)
  notEqual(names.topic('a.b'), names.topic('a/b'))
  for (const own of [names.ledger, names.ids]) ok(!made.includes(own))
})
