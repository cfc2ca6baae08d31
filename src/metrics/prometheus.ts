/**
 * Metrics as Prometheus text, under the names that the widely used rule file of the JMX exporter gives to Kafka's
 * beans (contract section 7.3), so that existing dashboards fit: `...PerSec` becomes a `_total` counter, percentages
 * `_percent`, histograms a summary with a `quantile` label, everything in lower case.
 */
import type { MetricName } from './metric-name.ts';
import type { Metrics } from './metrics.ts';
import { QUANTILES } from './sample.ts';
import type { MetricSample } from './sample.ts';

/** The content type that belongs to the text. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Family {
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly lines: string[];
}

export function prometheusText(metrics: Metrics): string {
  const families = new Map<string, Family>();
  for (const sample of metrics.snapshot()) addSample(families, sample);
  let text = '';
  for (const [name, { type, lines }] of families) text += `# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
  return text;
}

function addSample(families: Map<string, Family>, { name, kind, attributes }: MetricSample): void {
  const base = baseName(name);
  const labels = labelsOf(name);
  const add = (family: string, type: Family['type'], suffix: string, value: number, label = ''): void => {
    let found = families.get(family);
    if (found === undefined) families.set(family, (found = { type, lines: [] }));
    const all = [...labels, ...(label === '' ? [] : [label])].join(',');
    found.lines.push(`${family}${suffix}${all === '' ? '' : `{${all}}`} ${numberText(value)}`);
  };
  const value = (attribute: string): number => attributes[attribute] ?? 0;
  if (kind === 'gauge') add(base, 'gauge', '', value('Value'));
  else if (kind === 'counter') add(base, 'gauge', '', value('Count'));
  else if (kind === 'meter' && base.endsWith('_percent')) add(base, 'gauge', '', value('OneMinuteRate'));
  else if (kind === 'meter') add(`${base}_total`, 'counter', '', value('Count'));
  else {
    for (const [attribute, quantile] of QUANTILES)
      add(base, 'summary', '', value(attribute), `quantile="${quantile}"`);
    add(base, 'summary', '_count', value('Count'));
    add(base, 'summary', '_sum', value('Sum'));
  }
}

function baseName({ domain, type, name }: MetricName): string {
  const plain = name.replace(/PerSec$/, '').replace(/Percent$/, '_percent');
  return [domain, type, plain]
    .filter((part) => part !== '')
    .join('_')
    .replace(/[^A-Za-z0-9_]/g, '_')
    .toLowerCase();
}

function labelsOf({ tags }: MetricName): string[] {
  return Object.entries(tags).map(([key, value]) => {
    const escaped = String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    return `${key.replace(/[^A-Za-z0-9_]/g, '_')}="${escaped}"`;
  });
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}
