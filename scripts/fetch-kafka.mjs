/** Fetches the original's jars, which some tests compare with: once, before tests that would each wait for it. */
import { kafkaLibraries } from '../test/support/kafka-jars.ts';

const libraries = kafkaLibraries();
console.log(libraries === null ? "Kafka's jars cannot be had: mvn failed" : `Kafka's jars: ${libraries}`);
if (libraries === null) process.exitCode = 1;
