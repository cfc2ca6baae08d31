/** Fetches the original's jars and those of its tests, once, before tests that would each wait for them. */
import { kafkaLibraries, kafkaStackLibraries, kafkaTestLibraries } from '../test/support/kafka-jars.ts';

for (const [what, found] of [
  ["Kafka's jars", kafkaLibraries()],
  ["the jars of Kafka's tests", kafkaTestLibraries()],
  ['the jars of Streams, Connect and MirrorMaker', kafkaStackLibraries()],
]) {
  console.log(found === null ? `${what} cannot be had: mvn failed` : `${what}: ${found}`);
  if (found === null) process.exitCode = 1;
}
