/** The little Markdown that generated pages need. */

/** Under the title of every generated page: whoever wants to change it must know where. */
export function generatedNote(source: string): string {
  return `<!-- Written by \`npm run docs\` from ${source}. Change it there. -->`;
}

export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
