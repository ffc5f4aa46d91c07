// Page counts by the field-wise source: of each line only the page is decoded.
import { count, csvFile, fields, pipeline } from 'batchwork'
import { input, output } from './places.ts'

export default pipeline('page counts', flow => {
  flow.source('log', fields(input, { separator: ' ', fields: { page: 6 } }))
    .keyBy(({ page }) => page)
    .reduce('pages', count())
    .to(csvFile(output, { columns: ['key', 'value'] }))
})
