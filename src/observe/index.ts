export { FactStream } from './fact-stream.ts';
export type { Fact, FactKind, RecordedFact } from './facts.ts';
