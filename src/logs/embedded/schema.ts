// The tables of an embedded store. A chunk's key is its partition's number x 2^36 + its offset, so one B-tree serves all partitions
// and every number fits a double: 131,072 partitions, 68 thousand million items each.
import type { DatabaseSync } from 'node:sqlite'
import { LogError } from '../../model/errors.ts'
import { checksumOf, damaged } from './integrity.ts'
import type { MetaName } from './meta.ts'

export const formatVersion = 1
export const offsetsPerPartition = 2 ** 36

const tables = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER, checksum INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE topics (name TEXT PRIMARY KEY, partitions INTEGER, subscriptions TEXT, checksum INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE partitions (
    number INTEGER PRIMARY KEY, topic TEXT, partition INTEGER, first INTEGER, next INTEGER, chain TEXT, checksum INTEGER,
    UNIQUE (topic, partition)) STRICT;
  CREATE TABLE chunks (
    key INTEGER PRIMARY KEY, count INTEGER, at INTEGER, columns TEXT, body TEXT, checksum INTEGER, previous TEXT, chain TEXT) STRICT;
  CREATE TABLE progress (
    subscription TEXT, topic TEXT, partition INTEGER, mark INTEGER, done TEXT, note TEXT, checksum INTEGER,
    PRIMARY KEY (subscription, topic, partition)) STRICT, WITHOUT ROWID;
  CREATE TABLE state (store TEXT, key TEXT, value TEXT, checksum INTEGER, PRIMARY KEY (store, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE ids (topic TEXT, id BLOB, at INTEGER, PRIMARY KEY (topic, id)) STRICT, WITHOUT ROWID;
`

/** Makes the tables of a new store, and refuses the store of a newer version. */
export function prepareSchema(database: DatabaseSync, path: string): void {
  const found = versionOf(database)
  if (found === formatVersion) return
  if (found > formatVersion) {
    throw new LogError('NEWER_STORE', `the store ${path} has format ${found}, but this version of Batchwork knows formats up to ${formatVersion}; install a newer Batchwork`)
  }
  database.exec('BEGIN IMMEDIATE')
  if (versionOf(database) === 0) createTables(database, path)
  database.exec('COMMIT')
}

function createTables(database: DatabaseSync, path: string): void {
  if (database.prepare('SELECT 1 FROM sqlite_schema').get()) throw damaged(path, 'it has tables, but no format version')
  database.exec(`${tables} PRAGMA user_version = ${formatVersion}`)
  const insert = database.prepare('INSERT INTO meta VALUES (?, 0, ?)')
  const names: readonly MetaName[] = ['epoch', 'sequence', 'digest']
  for (const name of names) insert.run(name, checksumOf(name, 0))
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()!['user_version'])
}
