/** docs/reference/errors.md: what can stand in an error code. */
import { errors } from '../../protocol/index.ts';
import { generatedNote, markdownTable } from './markdown.ts';

export function errorsPage(): string {
  const rows = Object.entries(errors)
    .sort(([, a], [, b]) => a.code - b.code)
    .map(([name, { code, retriable, exception, message }]) => [
      String(code),
      `\`${name}\``,
      retriable ? 'yes' : '',
      exception === '' ? '' : `\`${exception}\``,
      message,
    ]);
  return (
    [
      '# Errors',
      generatedNote('src/protocol/error-table.ts'),
      'Every error a Kafka 3.9 broker can put on the wire. A client may try again after a retriable one. The exception is ' +
        'the one that Java clients throw and Kafka’s tools print; the text is the default, which a response with an ' +
        'error message may replace by a more precise one.',
      markdownTable(['Code', 'Name', 'Retriable', 'Exception', 'Default text'], rows),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}
