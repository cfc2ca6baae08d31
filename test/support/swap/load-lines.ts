/**
 * What a broker tells of its log dirs: what it recovered or rebuilt while it loaded them, and what it complains about.
 * Both kinds tell it in the same words, so that the lines of two starts can be laid side by side.
 */
const LINE = /^\[[^\]]*\] (?<level>[A-Z]+) (?<message>.*) \((?<logger>[\w.$]+)\)$/;
const ABOUT_LOGS = /^(kafka\.log\.|org\.apache\.kafka\.storage\.)/;
const LOADER = 'kafka.log.LogLoader';

/** Why something is damaged each kind tells in its own words; so are the names of what found it. */
const REASON = / due to .*$|(?<=': ).*$/;
const FINDER = /^\[(LogLoader|ProducerStateManager) partition=[^\]]*\] /;

/** Sorted: logs are loaded side by side. */
export function loadLines(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const { level = '', message = '', logger = '' } = LINE.exec(line)?.groups ?? {};
    if (!ABOUT_LOGS.test(logger)) continue;
    if (logger === LOADER || level === 'WARN' || level === 'ERROR')
      lines.push(`${level} ${message.replace(FINDER, '').replace(REASON, '')}`);
  }
  return lines.sort();
}

/** What is no ordinary part of a start. */
export function complaints(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith('INFO '));
}
