export * from './admin/index.ts';
export { Dispatcher } from './dispatcher.ts';
export type { Outcome, RequestOrigin } from './dispatcher.ts';
export { FetchSessionCache } from './fetch-session.ts';
export { HANDLERS } from './handlers/index.ts';
export { RequestMetrics } from './request-metrics.ts';
export type { Services } from './services.ts';
export { REUSED_APIS } from './served-apis.ts';
