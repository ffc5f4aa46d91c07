// The simulated log against the contract: as it comes, with each of Kafka's traits alone, and like Kafka under several seeds.
import { testLogConformance } from '../../src/testing/log-conformance.ts'
import { kafkaLikeEngine, memoryEngine } from './memory-engine.ts'

testLogConformance(memoryEngine('memory'))
testLogConformance(memoryEngine('memory with gaps between offsets', { gaps: true }))
testLogConformance(memoryEngine('memory with shared groups', { ownership: 'group' }))
testLogConformance(memoryEngine('memory with delays, owned by one process', { delayMsMax: 30 }))
for (const seed of [1, 2, 3]) testLogConformance(kafkaLikeEngine(seed))
