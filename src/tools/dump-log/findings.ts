/** What does not fit together in the files that were looked at, gathered under headings and told at the end. */
export class Findings {
  readonly #lines = new Map<string, string[]>();

  add(heading: string, line: string): void {
    this.#lines.set(heading, [...(this.#lines.get(heading) ?? []), line]);
  }

  get text(): string {
    return [...this.#lines]
      .flatMap(([heading, lines]) => [heading, ...lines])
      .map((line) => `${line}\n`)
      .join('');
  }
}
