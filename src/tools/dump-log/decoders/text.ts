/** Keys and values as text or numbers, by the class names of Kafka's decoders, the deprecated ones included. */
import { ByteBuffer } from '../java/byte-buffer.ts';
import { JavaException } from '../java/exception.ts';
import { javaText } from '../java/text.ts';
import type { RecordDecoder } from './decoded-record.ts';

const PACKAGE = 'org.apache.kafka.tools.api.';
const DEPRECATED_PACKAGE = 'kafka.serializer.';
export const STRING_DECODER = `${PACKAGE}StringDecoder`;

type Decode = (bytes: Buffer) => string;

const DECODERS: Readonly<Record<string, Decode>> = {
  StringDecoder: javaText,
  LongDecoder: (bytes) => String(new ByteBuffer(bytes).long()),
  IntegerDecoder: (bytes) => String(new ByteBuffer(bytes).int()),
  DefaultDecoder: arrayText,
};

/** Java prints an array's type and its identity, which is another one in every run; here its content takes that place. */
function arrayText(bytes: Buffer): string {
  const hash = bytes.reduce((sum, byte) => (Math.imul(31, sum) + ((byte << 24) >> 24)) | 0, 1);
  return `[B@${(hash >>> 0).toString(16)}`;
}

/** `say` is told of class names that should not be used any more. The value's comes first, as in the original. */
export function textDecoder(
  classNames: { readonly key: string; readonly value: string },
  say: (line: string) => void,
): RecordDecoder {
  const value = decoderNamed(classNames.value, say);
  const key = decoderNamed(classNames.key, say);
  return (record) => ({
    key: record.key === null ? undefined : key(record.key),
    payload: record.value === null ? undefined : value(record.value),
  });
}

function decoderNamed(className: string, say: (line: string) => void): Decode {
  const isDeprecated = className.startsWith(DEPRECATED_PACKAGE);
  const simpleName = className.slice((isDeprecated ? DEPRECATED_PACKAGE : PACKAGE).length);
  const decode = DECODERS[simpleName];
  if (decode === undefined || !(isDeprecated || className.startsWith(PACKAGE)))
    throw new JavaException('java.lang.ClassNotFoundException', className);
  if (isDeprecated) say(`${className} is deprecated. Please use ${PACKAGE}${simpleName} instead`);
  return decode;
}
