/** The table of options that `--help` and a wrong command line print: two columns, wrapped at 80. */
import { optionsOf } from './options.ts';
import type { Tool } from './tool.ts';

const LEFT = 41;
const RIGHT = 39;

export function usageOf(tool: Tool): string {
  const rows = optionsOf(tool).toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const lines = [
    tool.summary,
    ...(tool.positional === undefined ? [] : [`Arguments: ${tool.positional}`]),
    `${'Option'.padEnd(LEFT)}Description`,
    `${'------'.padEnd(LEFT)}-----------`,
  ];
  for (const row of rows) {
    const type = row.integer === true ? 'Integer' : 'String';
    const left = wrap(
      row.argument === undefined ? `--${row.name}` : `--${row.name} <${type}: ${row.argument}>`,
      LEFT - 1,
    );
    const right = wrap(row.doc, RIGHT);
    for (let line = 0; line < Math.max(left.length, right.length); line++) {
      lines.push(`${(left[line] ?? '').padEnd(LEFT)}${right[line] ?? ''}`.trimEnd());
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Words over lines of at most `width`; lines after the first are indented by two. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > width && line !== '') {
      lines.push(line);
      line = `  ${word}`;
    } else line = longer;
  }
  return [...lines, line];
}
