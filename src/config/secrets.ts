// What of one configured text may people see? Pure. A reference such as `${TOKEN}` is no secret; whatever stands where a
// credential would, or looks like one, is hidden. When in doubt too much is.

/** What stands where something was taken away. */
export const REDACTED = "[redacted]";

const REFERENCE = /\$\{(?:env:)?[A-Za-z_][A-Za-z0-9_]*\}/g;
const SCHEME = /^(?:bearer|basic|token)?$/i;
/** Parts of a name that say credential, as the source of a regular expression. */
export const CREDENTIAL_WORDS =
  "pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth(?!or(?!iz))(?:orization)?|credentials?|cookie|signature|session[_-]?id|bearer";
const CREDENTIAL_NAME = new RegExp(
  `(?:${CREDENTIAL_WORDS})|session(?!s)|jwt|(?:^|[_.-])(?:key|sig|pat)s?$|[a-z]Keys?$|^keys?$`,
  "i",
);
const CREDENTIAL_INSIDE =
  /(?:pass(?:word|wd|phrase)?|pwd|secret|token|key|auth(?:orization)?|credentials?|cookie|signature|bearer)["']?\s*[:=]/i;

/** Whether a field, variable or flag of this name holds a credential, as far as a name can tell. */
export const isCredentialName = (name: string): boolean => CREDENTIAL_NAME.test(name);

/** Nothing but references, behind the word for a kind of credential at most. */
const isOnlyReferences = (text: string): boolean =>
  text === "" || (text.includes("${") && !text.includes("$${") && SCHEME.test(text.replace(REFERENCE, "").trim()));

/** A value that is secret unless it only refers to one. */
export const shownSecret = (value: unknown): string =>
  typeof value === "string" && isOnlyReferences(value) ? value : REDACTED;

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;
/** Whether a text of at least so many characters looks random, as issued keys do. */
export const looksLikeKey = (text: string, atLeast: number): boolean =>
  text.length >= atLeast && count(text, /\d/g) >= 2 && count(text, /[A-Za-z]/g) >= 4;

const PLAIN_ADDRESS = /^[a-z][a-z0-9+.-]*:\/\/[^/\\@?#]*(?:\/[^\\]*)?$/i;
const REFERRED_ADDRESS = /^x(?:\/[^\\]*)?$/;

/** An address without user, password, query values, fragment, and without parts of its path that look like keys. */
export function shownAddress(text: string): string {
  const [, base = "", query, fragment] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text) ?? [];
  const shape = base.replace(REFERENCE, "x");
  if (shape.includes("${") || !(PLAIN_ADDRESS.test(shape) || REFERRED_ADDRESS.test(shape))) return REDACTED;
  const [scheme, rest] = splitOnce(base, "://");
  const path = (rest ?? scheme).split("/").map((part, at) => (at > 0 && looksLikeKey(part, 12) ? REDACTED : part));
  const shownBase = (rest === undefined ? "" : `${scheme}://`) + path.join("/");
  const shownQuery = query === undefined ? "" : `?${query.split("&").map(shownParameter).join("&")}`;
  return shownBase + shownQuery + (fragment === undefined ? "" : `#${REDACTED}`);
}

function shownParameter(text: string): string {
  const [name, value] = splitOnce(text, "=");
  if (value === undefined) return text === "" ? "" : shownSecret(name);
  return `${name}=${shownSecret(value)}`;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

const ADDRESS_START = /:[\\/]{2}/;
const FLAG = /^--?[A-Za-z][\w-]*$/;
const PAIR = /^(--?)?([\w.-]+)(=|:\s*)(.*)$/s;
/** What follows names a variable or a header, and gives its value. */
const PAIR_FLAG = /^(?:-e|--env|-H|--header)$/;

/** One argument of a command, judged also by the one before it. */
export function shownArgument(argument: unknown, before: unknown): unknown {
  if (typeof argument === "number" || typeof argument === "boolean") return shownArgument(String(argument), before);
  if (typeof argument !== "string") return REDACTED;
  if (isOnlyReferences(argument)) return argument;
  const flag = typeof before === "string" && FLAG.test(before) ? before : "";
  const pair = PAIR.exec(argument);
  if (pair !== null && !ADDRESS_START.test(argument)) {
    const [, dashes = "", name = "", sign = "", value = ""] = pair;
    if (PAIR_FLAG.test(flag) || isCredentialName(name)) return `${dashes}${name}${sign}${shownSecret(value)}`;
  }
  if (isCredentialName(flag) && !FLAG.test(argument)) return REDACTED;
  if (CREDENTIAL_INSIDE.test(argument)) return REDACTED;
  if (ADDRESS_START.test(argument)) return shownPlace(argument);
  // A path begins as one; what has strokes only inside may as well be a key.
  return /^[\w+=-][\w+=./-]*$/.test(argument) && looksLikeKey(argument, 20) ? REDACTED : argument;
}

/** An address, or one behind `--flag=`. */
function shownPlace(argument: string): string {
  const [, flag = "", address = ""] = /^(--?[\w-]+=)?(.*)$/s.exec(argument) ?? [];
  return flag + shownAddress(address);
}
