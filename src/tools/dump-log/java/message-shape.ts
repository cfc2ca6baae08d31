/**
 * What a message looks like, whatever describes it: a definition of src/protocol, or a line of text as the tables of
 * records have it that only this tool knows:
 *
 *     PartitionRecord 3 0-2: partitionId int32, topicId uuid, replicas []int32, directories []uuid 1+,
 *       leaderRecoveryState int8 tag 0, endPoints []{name string, port uint16}, rack string?
 *
 * A name, a number (an API key, or what it is known by) and the valid versions, then the fields, each with its type, a
 * question mark if it may be null, and if need be its versions, its tag and its default. All of them are flexible but
 * those that are called plain.
 */
import type { Fields, MessageSchema } from '../../../protocol/index.ts';
import { assert, ZERO_UUID } from '../../../common/index.ts';

type Primitive =
  'bool' | 'int8' | 'int16' | 'uint16' | 'int32' | 'int64' | 'float64' | 'string' | 'uuid' | 'bytes';

export interface FieldShape {
  readonly name: string;
  readonly type: Primitive | readonly FieldShape[];
  readonly isArray: boolean;
  readonly isNullable: boolean;
  readonly versions: Span;
  readonly tag?: number;
  /** What a tagged field that is not sent stands for, as JSON text; such a value is not shown. */
  readonly absent: string;
}

/** Both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface MessageShape {
  readonly name: string;
  readonly number: number;
  readonly versions: Span;
  /** From which version on lengths are varints and structs end with tagged fields. */
  readonly flexibleFrom: number;
  readonly fields: readonly FieldShape[];
}

const HIGHEST_VERSION = 0x7fff;

function spanOf(text: string): Span {
  const [, from = '', open, to] = /^(\d+)(\+)?(?:-(\d+))?$/.exec(text) ?? [];
  const first = Number(from);
  return { from: first, to: open === undefined ? Number(to ?? first) : HIGHEST_VERSION };
}

export function shapeOf(schema: MessageSchema): MessageShape {
  return {
    name: schema.name,
    number: schema.apiKey ?? -1,
    versions: spanOf(schema.versions),
    flexibleFrom: schema.flexible === 'none' ? Infinity : spanOf(schema.flexible).from,
    fields: fieldShapes(schema.fields),
  };
}

function fieldShapes(fields: Fields): FieldShape[] {
  return Object.entries(fields).map(([name, { type, versions, options }]) => {
    const isArray = type.kind === 'array';
    const element = type.kind === 'array' ? type.element : type;
    const shape = element.kind === 'struct' ? fieldShapes(element.fields) : element.wire;
    assert(shape !== 'records', 'nothing that is stored in a record holds record batches');
    return {
      name,
      type: shape,
      isArray,
      isNullable: options.nullable !== undefined,
      versions: spanOf(versions),
      ...(options.tag !== undefined && { tag: options.tag }),
      absent: absentText(shape, isArray, options.default),
    };
  });
}

function absentText(
  type: FieldShape['type'],
  isArray: boolean,
  given?: number | string | boolean | null,
): string {
  if (given !== undefined) return JSON.stringify(given);
  if (isArray) return '[]';
  if (typeof type !== 'string') return 'null';
  if (type === 'bool') return 'false';
  if (type === 'uuid') return JSON.stringify(ZERO_UUID);
  return type === 'string' || type === 'bytes' ? '""' : '0';
}

/** One message per blank-line-separated paragraph. */
export function shapesIn(table: string): MessageShape[] {
  return table
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => shapeFromText(paragraph.replaceAll(/\s+/g, ' ').trim()));
}

function shapeFromText(text: string): MessageShape {
  const [, name, number, versions, plain, fields] = /^(\w+) (\d+) ([\d+-]+)( plain)?:(.*)$/.exec(text) ?? [];
  assert(name !== undefined && fields !== undefined, `"${text}" describes no message`);
  return {
    name,
    number: Number(number),
    versions: spanOf(versions ?? ''),
    flexibleFrom: plain === undefined ? 0 : Infinity,
    fields: fieldsFromText(fields),
  };
}

function fieldsFromText(text: string): FieldShape[] {
  return partsOf(text).map((part) => {
    const [, name, array, type, question, rest = ''] =
      /^(\w+) (\[\])?(\w+|\{.*\})(\?)?((?: \S+)*)$/.exec(part) ?? [];
    assert(name !== undefined && type !== undefined, `"${part}" describes no field`);
    const versions = /(?:^| )(\d+\+)/.exec(rest)?.[1];
    const tag = / tag (\d+)/.exec(rest)?.[1];
    const absent = / default (\S+)/.exec(rest)?.[1];
    const shape = type.startsWith('{') ? fieldsFromText(type.slice(1, -1)) : (type as Primitive);
    return {
      name,
      type: shape,
      isArray: array !== undefined,
      isNullable: question !== undefined,
      versions: versions === undefined ? { from: 0, to: HIGHEST_VERSION } : spanOf(versions),
      ...(tag !== undefined && { tag: Number(tag) }),
      absent: absent ?? absentText(shape, array !== undefined),
    };
  });
}

/** Between commas that stand in no braces. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of text) {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (character === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += character;
  }
  return [...parts, part.trim()].filter((one) => one !== '');
}
