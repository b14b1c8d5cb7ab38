// What do the variables in a configured text stand for? Pure; the value of a variable never appears in a message.
import { MAX_VALUE_LENGTH } from "#contract/config.ts";

/** The process environment, or what a test gives instead. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface VariableScope {
  readonly env: Environment;
  /** Names that editors define, such as `workspaceFolder`; the environment does not replace them. */
  readonly builtin: Readonly<Record<string, string>>;
  /** What a variable is that has neither value nor default: a problem (default), or an empty text. */
  readonly unset?: "refuse" | "empty";
}

export type Expansion =
  | { readonly ok: true; readonly text: string }
  /** Every problem names its variable, never a value. */
  | { readonly ok: false; readonly problems: readonly string[] };

// `$${` is an escaped `${`. Otherwise: `${`, anything but braces, `}`.
const REFERENCE = /\$\$\{|\$\{([^{}]*)\}/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Replaces `${VAR}`, `${VAR:-default}` and `${env:VAR}`; `$${` writes a literal `${`. A default stands in for a variable that is unset
 * or empty, as in a shell. What a variable stands for is not expanded again.
 */
export function expand(text: string, scope: VariableScope): Expansion {
  if (!text.includes("${")) return { ok: true, text };
  const problems: string[] = [];
  const expanded = text.replace(REFERENCE, (whole, inner: string | undefined) => {
    if (inner === undefined) return "${";
    const found = lookUp(inner, scope);
    if ("problem" in found) problems.push(found.problem);
    return "value" in found ? found.value : whole;
  });
  if (problems.length === 0 && expanded.length > MAX_VALUE_LENGTH) {
    problems.push(`longer than ${MAX_VALUE_LENGTH} characters with its variables expanded`);
  }
  return problems.length > 0 ? { ok: false, problems: [...new Set(problems)] } : { ok: true, text: expanded };
}

/** Whether a text holds anything that `expand` would replace. */
export const hasReference = (text: string): boolean => text.search(/\$\{[^{}]*\}/) !== -1;

function lookUp(inner: string, scope: VariableScope): { value: string } | { problem: string } {
  if (Object.hasOwn(scope.builtin, inner)) return { value: scope.builtin[inner] as string };
  if (inner.startsWith("input:")) {
    return {
      problem: `\${${inner}} asks a person, which a gateway cannot; set a variable and write \${${suggested(inner)}}`,
    };
  }
  const [name, fallback] = split(inner.startsWith("env:") ? inner.slice(4) : inner);
  if (!NAME.test(name)) {
    return { problem: `\${${name}} is not known; write \${NAME}, \${NAME:-default} or \${env:NAME}` };
  }
  const value = Object.hasOwn(scope.env, name) ? scope.env[name] : undefined;
  if (fallback !== undefined) return { value: value === undefined || value === "" ? fallback : value };
  return value === undefined && scope.unset !== "empty"
    ? { problem: `the variable ${name} is not set; set it, or write \${${name}:-default}` }
    : { value: value ?? "" };
}

function split(reference: string): [name: string, fallback: string | undefined] {
  const at = reference.indexOf(":-");
  return at === -1 ? [reference, undefined] : [reference.slice(0, at), reference.slice(at + 2)];
}

const suggested = (inner: string): string =>
  inner
    .slice("input:".length)
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^(?=[0-9])/, "_")
    .toUpperCase() || "NAME";
