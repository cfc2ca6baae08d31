/** Which services there are, and how long the log of each is kept: that is a matter of its topic, and of nobody else. */
const SEGMENT = { name: 'segment.bytes', value: '16384' };

export const SERVICES = [
  {
    name: 'payments',
    keeps: 'for ever',
    configEntries: [{ name: 'retention.ms', value: '-1' }],
  },
  {
    name: 'search',
    keeps: 'the last 32 KB of a partition',
    configEntries: [SEGMENT, { name: 'retention.bytes', value: '32768' }],
  },
  {
    name: 'heartbeats',
    keeps: 'three seconds',
    configEntries: [SEGMENT, { name: 'retention.ms', value: '3000' }],
  },
];

export function topicOf(service) {
  return `log-aggregation.${service}`;
}
