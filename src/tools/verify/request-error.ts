/** What a request failed with, as Kafka's error: a broken connection is one of the network. */
import { KafkaError } from '../../protocol/index.ts';
import { messageOf } from '../cli/index.ts';

export function requestError(thrown: unknown): KafkaError {
  return thrown instanceof KafkaError ? thrown : new KafkaError('NETWORK_EXCEPTION', messageOf(thrown));
}
