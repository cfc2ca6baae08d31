/**
 * Reads the text of a .properties file (server.properties) the way java.util.Properties does: comments, escapes,
 * continued lines; of a repeated key the last value counts.
 */
import { getProperties } from 'properties-file';
import type { Properties } from './broker-config.ts';

export function parseProperties(text: string): Properties {
  return { ...getProperties(text) };
}
