/** Streams in memory for a tool under test. */
import { Readable } from 'node:stream';
import { runTool } from '../../../src/tools/cli/index.ts';
import type { Tool, ToolIo } from '../../../src/tools/cli/index.ts';

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export async function run(
  tool: Tool,
  argv: readonly string[],
  spelling: ToolIo['spelling'] = 'legacy',
  stdin = '',
): Promise<Ran> {
  let out = '';
  let err = '';
  const exitCode = await runTool(tool, argv, {
    spelling,
    format: 'text',
    stdin: Readable.from([stdin]),
    out: (text) => (out += text.toString()),
    err: (text) => (err += text),
    drained: () => Promise.resolve(),
    signal: new AbortController().signal,
  });
  return { exitCode, out, err };
}
