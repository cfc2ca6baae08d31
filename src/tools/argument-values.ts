/** Values of options of the klassik command, as commander has them parsed and checked. */
import { InvalidArgumentError } from 'commander';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('a whole number from 0 up is needed.');
  return value;
}

export function atLeastOne(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('at least one is needed.');
  return value;
}

export function keyAndValue(
  text: string,
  previous: Readonly<Record<string, string>>,
): Record<string, string> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('it must have the form key=value.');
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}
