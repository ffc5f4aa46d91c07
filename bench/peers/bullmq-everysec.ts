// BullMQ with Redis syncing once a second: faster, but not durable in the benchmark's sense. Shown beside, never as the yardstick.

import { bullmqPeer } from './bullmq.ts'

export const peer = bullmqPeer('everysec')
