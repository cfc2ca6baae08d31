/** Tables as Java's printf makes them: cells padded to their column, one blank between, the last one unpadded at will. */

export interface Column {
  readonly head: string;
  /** Undefined for a last column that is not padded. */
  readonly width?: number;
}

export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    columns.map(({ width }, at) => (cells[at] ?? '').padEnd(width ?? 0)).join(' ');
  return [line(columns.map(({ head }) => head)), ...rows.map(line)];
}

/** The width of a column that grows with its content. */
export function widthOf(least: number, cells: readonly string[]): number {
  return Math.max(least, ...cells.map((cell) => cell.length));
}
