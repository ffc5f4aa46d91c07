// A run of many items that many processes share on a real broker, under faults: processes are killed, stand still past their session, are stopped and replaced, connections
// are cut, a broker is killed and comes back (it is the only one, or one of three); the next things happen when something has come out since the last did, or, relentless, whatever happens. A reader of committed records looks on. At the end, each item is there once:
//   node scripts/kafka-faults.ts --items 1000000 --seed 1 [--processes 4] [--brokers 3] [--every-ms 5000] [--broker-kills 5] [--takes-ms 200] [--relentless] [--quiet]
import { parseArgs } from 'node:util'
import { faultCourse } from '../test/kafka/faults/course.ts'

const { values: options } = parseArgs({
  options: {
    'items': { type: 'string', default: '1000000' }, 'seed': { type: 'string', default: '1' }, 'processes': { type: 'string', default: '4' }, 'every-ms': { type: 'string', default: '5000' },
    'brokers': { type: 'string', default: '1' }, 'broker-kills': { type: 'string', default: '5' }, 'takes-ms': { type: 'string', default: '200' }, 'relentless': { type: 'boolean', default: false }, 'quiet': { type: 'boolean', default: false },
  },
})

const [items, seed, processes] = [wholeNumber('items', 1), wholeNumber('seed', 0), wholeNumber('processes', 1)]
const brokers = wholeNumber('brokers', 1)
if (brokers !== 1 && brokers !== 3) refuse('brokers', 'must be 1 or 3')
const { complaints, happened, processes: begun, gaveUp, elapsedMs, apartMsMax } = await faultCourse({
  items, seed, processes, brokers, everyMs: wholeNumber('every-ms', 1), brokerKillsMax: wholeNumber('broker-kills', 0), takesMs: wholeNumber('takes-ms', 0), isRelentless: options.relentless,
  note: event => { if (!options.quiet) console.log(event) },
})
console.log(`${items} items in ${(elapsedMs / 1_000).toFixed(1)} s, by ${begun} processes, of which ${gaveUp} waited for the broker in vain; what happened: ${JSON.stringify(happened)}. Halves of an item were seen up to ${Math.round(apartMsMax)} ms apart.`)
for (const complaint of complaints) console.log(`✖ ${complaint}`)
console.log(complaints.length === 0 ? 'None lost, none doubled, the sums are right.' : `replay: node scripts/kafka-faults.ts --items ${items} --seed ${seed} --processes ${processes} --brokers ${brokers}`)
if (complaints.length > 0) process.exitCode = 1

function wholeNumber(option: keyof typeof options, min: number): number {
  const value = Number(options[option])
  if (Number.isSafeInteger(value) && value >= min) return value
  return refuse(option, `must be a whole number of at least ${min}`)
}

function refuse(option: keyof typeof options, wanted: string): never {
  console.error(`--${option} is '${options[option]}', but ${wanted}`)
  process.exit(64)
}
