/** A wrong command line: the text, then how to use the tool, exit code 1 (2 with the klassik spelling). */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly showOptions: boolean;

  constructor(message: string, showOptions = true) {
    super(message);
    this.showOptions = showOptions;
  }
}
