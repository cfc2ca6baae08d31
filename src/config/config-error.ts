/**
 * A value that Kafka refuses. The message has the wording operators search for ("Invalid value … for configuration
 * …: …"); the fields carry the same for programs. Handlers answer it as INVALID_CONFIG or INVALID_REQUEST, a
 * starting broker prints it and exits.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly key: string;
  readonly value: string | null;
  /** What would have been right, as a phrase: "Value must be at least 14". */
  readonly allowed: string;

  constructor(key: string, value: string | null, allowed: string, message?: string) {
    super(message ?? `Invalid value ${value ?? 'null'} for configuration ${key}: ${allowed}`);
    this.key = key;
    this.value = value;
    this.allowed = allowed;
  }
}
