export { ParsedOptions } from './options.ts';
export { messageOf, runTool, VERSION } from './run-tool.ts';
export { BOOTSTRAP, COMMAND_CONFIG } from './tool.ts';
export type { Tool, ToolIo } from './tool.ts';
export { UsageError } from './usage-error.ts';
