export type { AnalysisResult, Verdict } from './check-history.ts';
export { checkHistory } from './check-history.ts';
export type * from './history.ts';
export { eventLine, HistoryError, parseHistory, settingsLine } from './history-lines.ts';
export type { RecordedHistory } from './history-lines.ts';
export { reportOf } from './report.ts';
