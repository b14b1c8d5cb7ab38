// How do arbitrary strings travel in HTTP header values? Plain when safe, else as `=?base64?...?=` (2026-07-28 revision).

const SENTINEL = /^=\?base64\?(.*)\?=$/;
const STRICT_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
// Visible ASCII with inner spaces; a leading or trailing space would be trimmed on the way.
const SAFE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Takes off the optional white space that HTTP allows around a field value. */
export const trimOws = (value: string): string => value.replace(/^[ \t]{1,64}|[ \t]{1,64}$/g, "");

export function encodeHeaderValue(value: string): string {
  if (SAFE.test(value) && !SENTINEL.test(value)) return value;
  return `=?base64?${Buffer.from(value, "utf8").toString("base64")}?=`;
}

/** The value as it was meant, or undefined when a base64 form is malformed. */
export function decodeHeaderValue(value: string): string | undefined {
  const encoded = SENTINEL.exec(value)?.[1];
  if (encoded === undefined) return value;
  if (!STRICT_BASE64.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}
