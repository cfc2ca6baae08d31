/**
 * Errors with a place on the wire: their names, their numbers, and the exception that carries one to the dispatcher. The
 * facts are in error-table.ts. Outcomes per partition are values (ErrorName), not exceptions: a request about 500
 * partitions must not throw 500 times.
 */
import { errors } from './error-table.ts';

export { errors };

export type ErrorName = keyof typeof errors;

/** The number for each name: `ErrorCode.NOT_CONTROLLER` is 41. */
export const ErrorCode = Object.fromEntries(
  Object.entries(errors).map(([name, { code }]) => [name, code]),
) as Record<ErrorName, number>;

const NAME_OF_CODE = new Map(Object.entries(errors).map(([name, { code }]) => [code, name as ErrorName]));

/** The name for a number; a number from a newer Kafka reads as UNKNOWN_SERVER_ERROR. */
export function errorNameOf(code: number): ErrorName {
  return NAME_OF_CODE.get(code) ?? 'UNKNOWN_SERVER_ERROR';
}

/**
 * A failure that has a place on the wire. Handlers throw it, the dispatcher turns it into the response's error code.
 * `message` is what goes into an error_message field: the table's text unless a better one was given.
 */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  readonly error: ErrorName;

  constructor(error: ErrorName, message: string = errors[error].message, options?: ErrorOptions) {
    super(message, options);
    this.error = error;
  }

  get code(): number {
    return ErrorCode[this.error];
  }

  get retriable(): boolean {
    return errors[this.error].retriable;
  }
}
