// Items that wait, as for a service, in a work stage that any number of processes share. What each process did goes to a file.
import { setTimeout as pause } from 'node:timers/promises'
import { items, jsonLinesFile, pipeline } from 'batchwork'

const [count, waitMs, folder] = [Number(process.env['ITEMS']), Number(process.env['WAIT_MS']), process.env['FOLDER']!]

export default pipeline('waiting', flow => {
  flow.source('numbers', items(Array.from({ length: count }, (_, number) => number)))
    .work('wait', async number => {
      await pause(waitMs)
      return { number, process: process.pid }
    }, { concurrency: 16 })
    .to(jsonLinesFile(`${folder}/done.jsonl`))
})
