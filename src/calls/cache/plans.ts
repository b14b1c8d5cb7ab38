// What does the cache do with calls of this tool? Worked out once per tool and configuration, and looked up for every call.

import type { Target } from "#calls/call.ts";
import type { CacheSettings } from "#contract/cache.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { type Keeping, resourcePolicy, toolPolicy } from "#policy/cacheability.ts";
import type { ToolEntry } from "#upstream/catalog.ts";
import type { Kept } from "./kept.ts";
import { fingerprint, keyPrefix } from "./key.ts";
import type { Row } from "./shelf.ts";

export interface Plan {
  readonly keeping: Keeping;
  /** A call of it empties what is kept of its server. */
  readonly empties: boolean;
  readonly row: Row;
  /** The part of the key that all of its calls share. */
  readonly prefix: string;
}

/** The name under which resources are counted: no tool can have it. */
export const RESOURCES = "(resources)";
/** The same for what is never kept: prompts and completions. */
export const OTHERS = "(prompts and completions)";

interface Known {
  readonly definition: UpstreamDefinition;
  readonly era: string;
  readonly plan: Plan;
}

export class Plans {
  readonly #kept: Kept;
  readonly #ofTools = new WeakMap<ToolEntry, Known>();
  readonly #ofOthers = new WeakMap<UpstreamDefinition, Map<string, Known>>();
  readonly #fingerprints = new WeakMap<object, string>();

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  of(kind: string, target: Target): Plan {
    return target.tool === undefined ? this.#other(kind, target) : this.#tool(target.tool, target);
  }

  #tool(tool: ToolEntry, { definition, era }: Target): Plan {
    const known = this.#ofTools.get(tool);
    if (known !== undefined && isCurrent(known, definition, era)) return known.plan;
    const { name, definition: listed } = tool;
    const facts = { name, annotations: listed.annotations, trusted: definition.trusted };
    const { keeping, writes } = toolPolicy(facts, definition.cache);
    const base = { kind: "tool" as const, tool: name, definition: this.#fingerprint(listed) };
    const plan: Plan = {
      keeping,
      empties: writes && isUsed(definition.cache),
      ...this.#shared(definition, era, base),
    };
    this.#ofTools.set(tool, { definition, era, plan });
    return plan;
  }

  #other(kind: string, { definition, era }: Target): Plan {
    const tool = kind === "resource" ? RESOURCES : OTHERS;
    const plans = this.#ofOthers.get(definition) ?? new Map<string, Known>();
    const known = plans.get(tool);
    if (known !== undefined && isCurrent(known, definition, era)) return known.plan;
    const keeping: Keeping =
      kind === "resource" ? resourcePolicy(definition.cache, definition.trusted) : { kind: "pass", reason: "kind" };
    const base = { kind: "resource" as const, tool, definition: "" };
    const plan: Plan = { keeping, empties: false, ...this.#shared(definition, era, base) };
    this.#ofOthers.set(definition, plans.set(tool, { definition, era, plan }));
    return plan;
  }

  #shared(
    definition: UpstreamDefinition,
    era: string,
    base: { kind: "tool" | "resource"; tool: string; definition: string },
  ): Pick<Plan, "row" | "prefix"> {
    const server = definition.name;
    return {
      row: this.#kept.shelf(server).row(base.tool),
      prefix: keyPrefix({ ...base, server, configuration: this.#fingerprint(definition), era }),
    };
  }

  #fingerprint(value: object): string {
    const known = this.#fingerprints.get(value);
    if (known !== undefined) return known;
    const made = fingerprint(value);
    this.#fingerprints.set(value, made);
    return made;
  }
}

// Where nothing can be kept or watched, nothing has to be emptied.
const isUsed = ({ mode, tools, invalidateOnWrite }: CacheSettings): boolean =>
  invalidateOnWrite && (mode !== "off" || tools.some(({ rule }) => rule !== "off"));

// The row's shelf goes with a removed server; a server of the same name that comes later has another.
const isCurrent = (known: Known, definition: UpstreamDefinition, era: string): boolean =>
  known.definition === definition && known.era === era && !known.plan.row.shelf.gone;
