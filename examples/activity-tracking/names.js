/** Topics, users and pages. */

/** Every page view, keyed by user; the timestamp of the record says when it was. */
export const VIEWS = 'activity.page-views';
/** Views per user and minute, keyed by both; compacted, since a count that is told again is the same one. */
export const COUNTS = 'activity.views-per-minute';
export const GROUP = 'activity.counters';

export const USERS = ['ada', 'ben', 'cleo', 'dan', 'eva', 'finn', 'gus', 'hana', 'ivo', 'jana', 'kim', 'lou'];
export const PAGES = ['/', '/search', '/cart', '/checkout', '/help'];
