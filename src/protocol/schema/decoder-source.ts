/**
 * Writes the JavaScript that decodes one version of one message: straight-line code over a Reader, one function per
 * struct. It is meant to be read, too: `klassik protocol show Fetch 12 --decode` prints it.
 */
import type { FieldLayout, StructLayout } from './layout.ts';
import { capitalized, isFlexible, layoutOf, leastBytes, methodOf } from './layout.ts';
import type { ArrayType, Fields, MessageSchema } from './fields.ts';

/** Declarations; the last function is the decoder of the whole message. */
export interface CodecSource {
  readonly name: string;
  readonly text: string;
}

export function decoderSource(schema: MessageSchema, version: number): CodecSource {
  const name = `decode_${schema.name}_v${version}`;
  const functions: string[] = [];
  structFunction(name, '', layoutOf(schema.fields, version, isFlexible(schema, version)), functions);
  return { name, text: functions.join('\n\n') };
}

function structFunction(name: string, path: string, layout: StructLayout, functions: string[]): void {
  const lines: string[] = [];
  for (const field of layout.inline)
    lines.push(...readField(field, path, layout.version, functions, 'const '));
  if (layout.tagged.length > 0) lines.push(...readTags(layout, path, functions));
  else if (layout.flexible) lines.push('r.skipTags();');
  const absent = new Map(layout.absent.map((field) => [field.name, field.defaultLiteral]));
  const members = layout.names.map((member) => {
    const value = absent.get(member);
    return value === undefined ? member : `${member}: ${value}`;
  });
  lines.push(`return { ${members.join(', ')} };`);
  functions.push(`function ${name}(r) {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`);
}

/** `declaration` is "const " for a field in its place, and empty for a tagged one, declared before the loop. */
function readField(
  field: FieldLayout,
  path: string,
  version: number,
  functions: string[],
  declaration: '' | 'const ',
): string[] {
  const { name, type } = field;
  switch (type.kind) {
    case 'primitive':
      return [`${declaration}${name} = ${readPrimitive(field)};`];
    case 'array':
      return readArray(field, type, path, version, functions, declaration);
    case 'struct': {
      const read = `${structReader(type.fields, field, path, version, functions)}(r)`;
      return [`${declaration}${name} = ${field.nullable ? `r.int8() < 0 ? null : ${read}` : read};`];
    }
  }
}

/** "records" on the wire are bytes: only writing tells them apart. */
function readPrimitive({
  type,
  flexible,
  nullable,
}: Pick<FieldLayout, 'type' | 'flexible' | 'nullable'>): string {
  if (type.kind !== 'primitive') return '';
  return `r.${methodOf(type.wire === 'records' ? 'bytes' : type.wire, flexible, nullable)}()`;
}

function readArray(
  field: FieldLayout,
  { element }: ArrayType,
  path: string,
  version: number,
  functions: string[],
  declaration: '' | 'const ',
): string[] {
  const { name, flexible, nullable } = field;
  const read =
    element.kind === 'struct'
      ? `${structReader(element.fields, field, path, version, functions)}(r)`
      : readPrimitive({ type: element, flexible, nullable: false });
  const method = flexible ? 'compactArrayLength' : 'arrayLength';
  const count = `${name}_count`;
  return [
    `const ${count} = r.${method}(${leastBytes(element, version, flexible)});`,
    ...(nullable ? [] : [`if (${count} < 0) nullRefused('${name}');`]),
    `${declaration}${name} = ${nullable ? `${count} < 0 ? null : ` : ''}new Array(${count});`,
    `for (let i = 0; i < ${count}; i++) ${name}[i] = ${read};`,
  ];
}

function structReader(
  fields: Fields,
  field: FieldLayout,
  path: string,
  version: number,
  functions: string[],
): string {
  const inner = path + capitalized(field.name);
  const name = `read${inner}`;
  structFunction(name, inner, layoutOf(fields, version, field.flexible), functions);
  return name;
}

/** Defaults first; then whatever tags came. The default of a struct is shared by all values, so it is frozen. */
function readTags(layout: StructLayout, path: string, functions: string[]): string[] {
  const declarations: string[] = [];
  const cases: string[] = [];
  for (const field of layout.tagged) {
    let initial = field.defaultLiteral;
    if (initial.startsWith('{')) {
      const constant = `default${path}${capitalized(field.name)}`;
      functions.push(`const ${constant} = Object.freeze(${initial});`);
      initial = constant;
    }
    declarations.push(`let ${field.name} = ${initial};`);
    const body = readField(field, path, layout.version, functions, '').map((line) => `      ${line}`);
    cases.push(`    case ${field.tag!}: {`, ...body, '      break;', '    }');
  }
  return [
    ...declarations,
    'for (let tags = r.unsignedVarint(); tags > 0; tags--) {',
    '  const tag = r.unsignedVarint();',
    '  const end = r.tagEnd();',
    '  switch (tag) {',
    ...cases,
    '    default:',
    '      r.position = end;',
    '  }',
    '  if (r.position !== end) tagSizeRefused(tag);',
    '}',
  ];
}
