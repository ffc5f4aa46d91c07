// batchwork/kafka: a Kafka cluster as the engine, and existing topics of others as sources and sinks. It needs the package '@platformatic/kafka'.
export { kafka, type KafkaOptions } from './client/engine.ts'
export { kafkaTopic, type KafkaTopicOptions } from './connectors/kafka/kafka-topic.ts'
export { avro, type AvroOptions } from './connectors/kafka/codecs/avro/avro.ts'
export type { KafkaCodec } from './connectors/kafka/codecs/codec.ts'
export type { ForeignRecord } from './connectors/kafka/foreign-record.ts'
