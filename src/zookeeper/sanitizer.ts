/**
 * Names of users and clients may hold anything, names of znodes may not: Kafka writes them percent-encoded
 * (`al ice@x/y` as `al%20ice%40x%2Fy`). Topics have safe names and are left as they are.
 */

/** Java's URLEncoder leaves `-_.*` and letters and digits; Kafka then takes `*` and the plus for a space away. */
export function sanitize(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()~*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function desanitize(name: string): string {
  return decodeURIComponent(name.replaceAll('+', '%20'));
}
