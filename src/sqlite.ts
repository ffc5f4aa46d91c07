// batchwork/sqlite: tables of SQLite files as sources and sinks, by Node's own SQLite.
export { readTable, type ReadTableOptions, type Row } from './sources/table-rows.ts'
export { upsertTable, type UpsertTableOptions } from './sinks/sqlite/upsert-table.ts'
