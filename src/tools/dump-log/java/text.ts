/**
 * UTF-8 as Java decodes it. Both put a replacement character where bytes are no character; for half of a surrogate pair,
 * which has three bytes, Java puts one and Node three.
 */
const SURROGATE_LEAD = 0xed;

export function javaText(bytes: Buffer): string {
  return bytes.includes(SURROGATE_LEAD) ? withoutSurrogates(bytes).toString('utf8') : bytes.toString('utf8');
}

function withoutSurrogates(bytes: Buffer): Buffer {
  const replaced = Buffer.from(bytes);
  for (let at = replaced.indexOf(SURROGATE_LEAD); at >= 0; at = replaced.indexOf(SURROGATE_LEAD, at + 1)) {
    const [second = 0, third = 0] = [replaced[at + 1], replaced[at + 2]];
    if (second >= 0xa0 && second <= 0xbf && third >= 0x80 && third <= 0xbf)
      replaced.set([0xef, 0xbf, 0xbd], at);
  }
  return replaced;
}
