/** Topics, hosts and what is measured of them. */

/** Every reading there ever was, as long as retention lets it be. */
export const HISTORY = 'metrics.history';
/** The same readings; compacted: of each key the last one stays, however old it is. */
export const LATEST = 'metrics.latest';

export const HOSTS = Array.from({ length: 12 }, (_, index) => `host-${String(index + 1).padStart(2, '0')}`);
export const METRICS = ['cpu', 'memory', 'disk'];
/** Is taken out of service in the end. */
export const RETIRED = HOSTS.at(-1);
export const HOSTS_LEFT = HOSTS.filter((host) => host !== RETIRED);

export function keyOf(host, metric) {
  return `${host} ${metric}`;
}
