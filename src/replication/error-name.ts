/** What a thrown value is called on the wire. */
import { KafkaError, type ErrorName } from '../protocol/index.ts';

/** A KafkaError's own name; a failure of the disk is a storage error; everything else is a bug and is thrown on. */
export function errorNameOfThrown(thrown: unknown): ErrorName {
  if (thrown instanceof KafkaError) return thrown.error;
  if (isSystemError(thrown)) return 'KAFKA_STORAGE_ERROR';
  throw thrown;
}

/** Node's errors of files and sockets carry a code such as EIO or ECONNRESET. */
function isSystemError(thrown: unknown): thrown is { readonly code: string } {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string';
}
