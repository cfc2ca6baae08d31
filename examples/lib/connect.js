/** The client of the examples, kafkajs. */
import { Kafka, logLevel } from 'kafkajs';

/** Many short retries: brokers that move, and transactions whose markers are on their way, are a matter of moments. */
export function connectTo(bootstrap, clientId) {
  return new Kafka({
    clientId,
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, maxRetryTime: 1000, retries: 30 },
  });
}
