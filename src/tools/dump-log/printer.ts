/**
 * Standard output as the original writes to it, piece by piece: what was printed before an exception stands there, also
 * the beginning of a line. Pieces are kept until somebody flushes, which is once a batch.
 */
import type { ToolIo } from '../cli/index.ts';

export class Printer {
  readonly #io: ToolIo;
  #pieces: string[] = [];

  constructor(io: ToolIo) {
    this.#io = io;
  }

  print(text: string): void {
    this.#pieces.push(text);
  }

  println(text = ''): void {
    this.#pieces.push(text, '\n');
  }

  error(line: string): void {
    this.#flushPieces();
    this.#io.err(`${line}\n`);
  }

  async flush(): Promise<void> {
    this.#flushPieces();
    await this.#io.drained();
  }

  #flushPieces(): void {
    if (this.#pieces.length === 0) return;
    this.#io.out(this.#pieces.join(''));
    this.#pieces = [];
  }
}
