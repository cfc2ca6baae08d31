export { FactStream } from './fact-stream.ts';
export type { Fact, FactKind, RecordedFact } from './facts.ts';
export { TraceFile } from './trace-file.ts';
export type { TraceFileOptions } from './trace-file.ts';
