export { ParsedOptions } from './options.ts';
export { messageOf, runTool } from './run-tool.ts';
export { BOOTSTRAP, COMMAND_CONFIG, UsageError } from './tool.ts';
export type { OptionRow, Tool, ToolIo } from './tool.ts';
export { usageOf } from './usage.ts';
