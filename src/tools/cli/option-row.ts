/** One option of a tool, as a row of its table. */
export interface OptionRow {
  /** Without the two dashes. */
  readonly name: string;
  /** What stands for the value in the help; an option without it is a flag. */
  readonly argument?: string;
  readonly integer?: true;
  /** The value may be left out: `--state` or `--state Stable`. */
  readonly optionalArgument?: true;
  readonly doc: string;
}
