/** An error that says what a Java policy says by its class. */
export function exception(name, message) {
  return Object.assign(new Error(message), { name });
}

/** As java.util.TreeMap tells itself. */
export function told(map) {
  if (map === null) return 'null';
  const entries = [...map].sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, value]) => `${key}=${Array.isArray(value) ? `[${value.join(', ')}]` : value}`).join(', ')}}`;
}
