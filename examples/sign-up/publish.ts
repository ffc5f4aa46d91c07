// What a web server would do with each form: publish it. The promise resolves when the item is on disk. The first form is sent twice,
// as impatient people do: the topic's id makes the second a duplicate.
import { connect } from 'batchwork'
import { people } from './people.ts'
import { signUps } from './pipeline.ts'

await using batchwork = await connect()
const { duplicate } = await batchwork.publish(signUps, people[0]!)
const { accepted, duplicates } = await batchwork.publishAll(signUps, people)
console.log({ accepted: accepted + (duplicate ? 0 : 1), duplicates: duplicates + (duplicate ? 1 : 0) })
