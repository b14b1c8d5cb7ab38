// What of a text or a document may leave this machine? Pure. Takes away known secrets wherever they stand, and whatever
// stands where a credential would or looks like one; when in doubt it takes away too much.

import { CREDENTIAL_WORDS, isCredentialName, looksLikeKey, REDACTED } from "#config/secrets.ts";
import { URL_FIELDS } from "#config/transport.ts";
import { isObject } from "#lib/json.ts";

export interface Redactor {
  /** Text without known secrets, and without user, password, query and fragment of addresses. */
  known(text: string): string;
  /** The same, and without anything that looks like a credential: for text whose author is not us. */
  text(text: string): string;
  /** A copy of a JSON value: texts as above, and nothing left of `env`, `headers` and whatever a credential's name stands before. */
  value(value: unknown): unknown;
}

/** Shorter ones are taken away only where they stand: removed everywhere, a `1` would leave nothing readable. */
const MIN_KNOWN_LENGTH = 4;

/** `secrets` are values known to be secret, in any form and any order. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = [...new Set(secrets.filter((secret) => secret.length >= MIN_KNOWN_LENGTH).flatMap(formsOf))];
  // The longest first: a secret may be part of another.
  forms.sort((a, b) => b.length - a.length);
  const known = (text: string): string =>
    withoutAddressSecrets(forms.reduce((rest, form) => rest.replaceAll(form, REDACTED), text));
  const text = (given: string): string => PATTERNS.reduce((rest, redact) => redact(rest), known(given));
  return { known, text, value: (value) => redactValue(value, { text, keys: [], hidden: false }) };
}

/** How one secret looks as it is, in an address, in JSON and in a Basic credential. */
const formsOf = (secret: string): string[] => [
  secret,
  secret.trim(),
  ...(secret.isWellFormed() ? [encodeURIComponent(secret)] : []),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString("base64"),
  Buffer.from(secret).toString("base64url"),
];

const ADDRESS = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)([^\s"'<>`]+)/gi;

const withoutAddressSecrets = (text: string): string =>
  text.replace(ADDRESS, (_whole, scheme: string, rest: string) => scheme + shownRest(rest));

function shownRest(rest: string): string {
  const [whole = "", query] = split(rest, /[?#]/);
  const at = whole.lastIndexOf("@");
  const place = at === -1 ? whole : `${REDACTED}@${whole.slice(at + 1)}`;
  const [host = "", ...path] = place.split("/");
  const shown = [host, ...path.map((part) => (looksLikeKey(part, 12) ? REDACTED : part))].join("/");
  return query === undefined ? shown : `${shown}?${REDACTED}`;
}

function split(text: string, at: RegExp): [string, string?] {
  const index = text.search(at);
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

const digits = (text: string): number => text.replace(/\D/g, "").length;
const letters = (text: string): number => text.replace(/[^A-Za-z]/g, "").length;

const NAMED = new RegExp(
  `([\\w.-]{0,40}(?:${CREDENTIAL_WORDS})[\\w.-]{0,40}["']?\\s{0,4}(?:[:=]|=>)\\s{0,4})("[^"]*"|'[^']*'|(?:Bearer|Basic|Token)\\s+[^\\s"']+|[^\\s"',;&}]+)`,
  "gi",
);
const AFTER_FLAG = new RegExp(
  `(--?[\\w-]{0,40}(?:${CREDENTIAL_WORDS})[\\w-]{0,40}\\s+)("[^"]*"|'[^']*'|[^\\s"']+)`,
  "gi",
);
const SCHEME = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi;
const PRIVATE_KEY = /-----BEGIN [A-Z ]{1,40}-----[\s\S]*?(?:-----END [A-Z ]{1,40}-----|$)/g;
const ISSUED =
  /\b(?:sk|pk|rk|ghp|gho|ghu|ghs|ghr|github_pat|glpat|npm|pypi|hf|xox[abeprs]|AKIA|ASIA|AIza|ya29|eyJ)[-_.+A-Za-z0-9]{10,}/g;
const LONG_WORD = /[A-Za-z0-9_+=-]{20,}/g;

// In this order: what has a name, what has a known form, what is merely long and random.
const PATTERNS: readonly ((text: string) => string)[] = [
  (text) => text.replace(PRIVATE_KEY, REDACTED),
  (text) => text.replace(NAMED, `$1${REDACTED}`),
  (text) => text.replace(AFTER_FLAG, `$1${REDACTED}`),
  (text) => text.replace(SCHEME, `$1 ${REDACTED}`),
  (text) => text.replace(ISSUED, REDACTED),
  (text) => text.replace(LONG_WORD, (word) => (digits(word) >= 4 && letters(word) >= 4 ? REDACTED : word)),
];

/** Maps whose every value is hidden; their names say which variables and headers there are. */
const HIDDEN_MAPS = new Set(["env", "headers", "cookies"]);
/** Maps from names that people choose, which say nothing about what stands behind them. */
const NAME_MAPS = new Set(["mcpServers", "servers"]);
const ADDRESS_FIELDS: ReadonlySet<string> = new Set(URL_FIELDS);

interface Spot {
  readonly text: (text: string) => string;
  /** From the document down to here. */
  readonly keys: readonly string[];
  /** Something above was a credential's name: nothing below is shown. */
  readonly hidden: boolean;
}

function redactValue(value: unknown, spot: Spot): unknown {
  if (Array.isArray(value)) return redactList(value, spot);
  if (isObject(value)) return redactObject(value, spot);
  if (value === null || typeof value === "boolean") return value;
  if (spot.hidden) return REDACTED;
  if (typeof value !== "string") return value;
  const isAddress = ADDRESS_FIELDS.has(spot.keys.at(-1) ?? "");
  return spot.text(isAddress && /[?#]/.test(value) ? `${split(value, /[?#]/)[0]}?${REDACTED}` : value);
}

function redactObject(value: object, spot: Spot): unknown {
  const isNameMap = NAME_MAPS.has(spot.keys.at(-1) ?? "");
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
    const isCredential = isCredentialName(key) && !(isNameMap && isObject(inner));
    const hidden = spot.hidden || HIDDEN_MAPS.has(key) || isCredential;
    return [spot.text(key), redactValue(inner, { ...spot, keys: [...spot.keys, key], hidden })];
  });
  return Object.fromEntries(entries);
}

/** In `["--api-key", "x"]` the flag's name says what comes next. */
function redactList(values: readonly unknown[], spot: Spot): unknown[] {
  return values.map((value, at) => {
    const before = values[at - 1];
    const isNamed = typeof before === "string" && /^--?[\w-]+$/.test(before) && isCredentialName(before);
    return redactValue(value, { ...spot, hidden: spot.hidden || isNamed });
  });
}
