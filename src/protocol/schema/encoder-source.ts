/**
 * Writes the JavaScript that encodes one version of one message: straight-line code over a Writer, one function per
 * struct. Fields of other versions are looked at too, because a value that the receiver would not see must not get lost
 * silently: unless the field is ignorable, it throws.
 */
import { unreachable } from '../../common/index.ts';
import type { CodecSource } from './decoder-source.ts';
import type { Fields, FieldType, MessageSchema } from './fields.ts';
import type { FieldLayout, StructLayout } from './layout.ts';
import { capitalized, defaultLiteral, isFlexible, layoutOf, methodOf } from './layout.ts';

export function encoderSource(schema: MessageSchema, version: number): CodecSource {
  const name = `encode_${schema.name}_v${version}`;
  const functions: string[] = [];
  structFunction(name, '', layoutOf(schema.fields, version, isFlexible(schema, version)), functions);
  return { name, text: functions.join('\n\n') };
}

function structFunction(name: string, path: string, layout: StructLayout, functions: string[]): void {
  const guarded = layout.absent.filter((field) => !field.ignorable);
  const members = [
    ...layout.inline.map((field) => (field.optional ? withDefault(field) : field.name)),
    ...[...layout.tagged, ...guarded].map((field) => (isStruct(field) ? field.name : withDefault(field))),
  ];
  const lines = members.length > 0 ? [`const { ${members.join(', ')} } = v;`] : [];
  for (const field of guarded) {
    lines.push(`if (${differs(field, path, functions)}) versionLacks('${field.name}', ${layout.version});`);
  }
  for (const field of layout.inline) lines.push(...writeField(field, path, layout.version, functions));
  lines.push(...writeTags(layout, path, functions));
  functions.push(`function ${name}(w, v) {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`);
}

/** Whether a struct differs from its default is asked without building that default. */
const isStruct = ({ type, defaultLiteral }: FieldLayout): boolean =>
  type.kind === 'struct' && defaultLiteral !== 'null';

const withDefault = (field: FieldLayout): string => `${field.name} = ${field.defaultLiteral}`;

function writeField(field: FieldLayout, path: string, version: number, functions: string[]): string[] {
  const { name, type, flexible, nullable } = field;
  switch (type.kind) {
    case 'primitive':
      return [`w.${methodOf(type.wire, flexible, nullable)}(${name});`];
    case 'struct': {
      const write = `${structWriter(type.fields, field, path, version, functions)}(w, ${name});`;
      if (!nullable) return [write];
      return [`w.int8(${name} === null ? -1 : 1);`, `if (${name} !== null) ${write}`];
    }
    case 'array': {
      const { element } = type;
      const method = flexible ? 'compactArrayLength' : 'arrayLength';
      const each =
        element.kind === 'struct'
          ? `${structWriter(element.fields, field, path, version, functions)}(w, element);`
          : `w.${methodOf(element.wire, flexible, false)}(element);`;
      const lines = [`w.${method}(${name}.length);`, `for (const element of ${name}) ${each}`];
      if (!nullable) return lines;
      return [`if (${name} === null) w.${method}(-1);`, 'else {', ...lines.map((line) => `  ${line}`), '}'];
    }
  }
}

function structWriter(
  fields: Fields,
  field: FieldLayout,
  path: string,
  version: number,
  functions: string[],
): string {
  const inner = path + capitalized(field.name);
  const name = `write${inner}`;
  structFunction(name, inner, layoutOf(fields, version, field.flexible), functions);
  return name;
}

/** Only what differs from its default travels; the count of those comes first. */
function writeTags(layout: StructLayout, path: string, functions: string[]): string[] {
  if (!layout.flexible) return [];
  if (layout.tagged.length === 0) return ['w.unsignedVarint(0);'];
  const lines = layout.tagged.map(
    (field) => `const sends_${field.name} = ${differs(field, path, functions)};`,
  );
  const sent = layout.tagged.map((field) => `sends_${field.name}`);
  lines.push(`w.unsignedVarint(${sent.length > 1 ? sent.join(' + ') : `${sent[0]!} ? 1 : 0`});`);
  for (const field of layout.tagged) {
    lines.push(
      `if (sends_${field.name}) {`,
      `  const size = w.beginTag(${field.tag!});`,
      ...writeField(field, path, layout.version, functions).map((line) => `  ${line}`),
      '  w.endTag(size);',
      '}',
    );
  }
  return lines;
}

/** An expression: the variable of this field holds something else than the default. */
function differs(field: FieldLayout, path: string, functions: string[]): string {
  return differsFrom(field.name, field.type, field.defaultLiteral, path, functions);
}

function differsFrom(
  name: string,
  type: FieldType,
  defaultText: string,
  path: string,
  functions: string[],
): string {
  if (defaultText === 'null') return `${name} !== null`;
  switch (type.kind) {
    case 'array':
      return `${name} === null || ${name}.length !== 0`;
    case 'struct':
      return `${name} !== undefined && ${structDiffers(type.fields, path + capitalized(name), functions)}(${name})`;
    case 'primitive':
      return type.wire === 'bytes'
        ? `${name} === null || ${name}.length !== 0`
        : `${name} !== ${defaultText}`;
    default:
      return unreachable(type);
  }
}

/** A function that tells whether any member of a struct holds something else than its default. */
function structDiffers(fields: Fields, path: string, functions: string[]): string {
  const name = `differs${path}`;
  const entries = Object.entries(fields);
  const members = entries.map(([member, field]) =>
    field.type.kind === 'struct' && field.options.default !== null
      ? member
      : `${member} = ${defaultLiteral(field)}`,
  );
  const comparisons = entries.map(([member, field]) =>
    differsFrom(member, field.type, defaultLiteral(field), path, functions),
  );
  functions.push(`function ${name}({ ${members.join(', ')} }) {\n  return ${comparisons.join(' || ')};\n}`);
  return name;
}
