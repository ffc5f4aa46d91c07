// The smallest pipeline that does something, for the cold start: three items through one durable stage.
import { items, pipeline } from 'batchwork'

export default pipeline('hello', flow => {
  flow.source('names', items(['Ada', 'Edsger', 'Grace'])).work('greet', name => `Hello, ${name}`)
})
