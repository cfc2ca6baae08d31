/** The public face of the protocol: what travels on the wire, and what internal topics hold. */
export * from './api-keys.ts';
export * from './api-versions.ts';
export {
  decodeMessage,
  decodeVersioned,
  encodeMessage,
  encodeToBuffer,
  encodeVersioned,
  peekVersion,
} from './codec.ts';
export * from './errors.ts';
export * from './frames.ts';
export * from './internal/index.ts';
export { ProtocolError } from './protocol-error.ts';
export type {
  Fields,
  MessageInput,
  MessageOf,
  MessageSchema,
  StructInput,
  StructOf,
} from './schema/fields.ts';
export { renderProtocolShow, SCHEMAS } from './show.ts';
