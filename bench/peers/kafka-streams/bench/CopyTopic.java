// Topic -> no-op -> topic, exactly once: first a topic to warm up, then the measured one. Prints seconds and CPU seconds, its own and the broker's, as JSON.
// Parameters: broker, its process id, the topics to warm up (from, to, items), the measured ones (from, to, items), folder for state, settings as name=value.
package bench;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;

public final class CopyTopic {
  private static final int LOOK_EVERY_MS = 5;
  private static final long GIVE_UP_AFTER_MS = 900_000;

  public static void main(String[] parameters) throws Exception {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, parameters[0]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, parameters[8]);
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArray().getClass());
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArray().getClass());
    for (int index = 9; index < parameters.length; index++) {
      String[] setting = parameters[index].split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    ProcessHandle broker = ProcessHandle.of(Long.parseLong(parameters[1])).orElseThrow();
    try (Admin admin = Admin.create(settings)) {
      copy(admin, settings, parameters[2], parameters[3], Long.parseLong(parameters[4]));
      double own = cpuSeconds(ProcessHandle.current());
      double brokers = cpuSeconds(broker);
      double seconds = copy(admin, settings, parameters[5], parameters[6], Long.parseLong(parameters[7]));
      System.out.printf("{\"seconds\":%f,\"cpuSeconds\":%f,\"brokerCpuSeconds\":%f}%n", seconds, cpuSeconds(ProcessHandle.current()) - own, cpuSeconds(broker) - brokers);
    }
  }

  /** Seconds from the start until every item is committed, which the group's offsets tell. */
  private static double copy(Admin admin, Properties settings, String from, String to, long items) throws Exception {
    Properties own = new Properties();
    own.putAll(settings);
    own.put(StreamsConfig.APPLICATION_ID_CONFIG, to);
    StreamsBuilder builder = new StreamsBuilder();
    builder.<byte[], byte[]>stream(from).mapValues(value -> value).to(to);
    try (KafkaStreams streams = new KafkaStreams(builder.build(), own)) {
      long start = System.nanoTime();
      streams.start();
      while (committed(admin, to) < items) {
        if (System.nanoTime() - start > GIVE_UP_AFTER_MS * 1_000_000 || streams.state() == KafkaStreams.State.ERROR) {
          throw new IllegalStateException("Kafka Streams is in state " + streams.state() + " with " + committed(admin, to) + " items committed; expected " + items);
        }
        Thread.sleep(LOOK_EVERY_MS);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      streams.close(Duration.ofSeconds(30));
      return seconds;
    }
  }

  private static long committed(Admin admin, String group) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> offsets = admin
        .listConsumerGroupOffsets(Map.of(group, new ListConsumerGroupOffsetsSpec()), new ListConsumerGroupOffsetsOptions().requireStable(true))
        .partitionsToOffsetAndMetadata(group).get();
    return offsets.values().stream().mapToLong(OffsetAndMetadata::offset).sum();
  }

  private static double cpuSeconds(ProcessHandle process) {
    return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }
}
