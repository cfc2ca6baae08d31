/**
 * What the original's tool ends with when a file is not what it should be: a Java exception, whose class and words people
 * search for. It prints what it has printed so far, then this.
 */
export class JavaException extends Error {
  override readonly name = 'JavaException';
  readonly className: string;

  /** Without a message the class says it all. */
  constructor(className: string, message?: string) {
    super(message);
    this.className = className;
  }

  /** As Throwable.toString. */
  override toString(): string {
    return this.message === '' ? this.className : `${this.className}: ${this.message}`;
  }
}

const KAFKA = 'org.apache.kafka.common';

export const invalidRecord = (message: string): JavaException =>
  new JavaException(`${KAFKA}.InvalidRecordException`, message);
export const corruptRecord = (message: string): JavaException =>
  new JavaException(`${KAFKA}.errors.CorruptRecordException`, message);
export const kafkaException = (message: string): JavaException =>
  new JavaException(`${KAFKA}.KafkaException`, message);
export const illegalArgument = (message: string): JavaException =>
  new JavaException('java.lang.IllegalArgumentException', message);
export const illegalState = (message: string): JavaException =>
  new JavaException('java.lang.IllegalStateException', message);
export const runtimeException = (message: string): JavaException =>
  new JavaException('java.lang.RuntimeException', message);
export const nullPointer = (message: string): JavaException =>
  new JavaException('java.lang.NullPointerException', message);
export const bufferUnderflow = (): JavaException => new JavaException('java.nio.BufferUnderflowException');
