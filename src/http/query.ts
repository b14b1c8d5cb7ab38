// What stands behind the `?` of a request, checked against its schema.
import type * as z from "zod";
import { Fault } from "#contract/fault.ts";
import { issuesOf } from "./fault-answer.ts";

/** Throws INVALID_REQUEST, which names every member that is wrong. */
export function readQuery<T extends z.ZodType>(schema: T, query: unknown): z.output<T> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const issues = issuesOf(parsed.error);
  const [first] = issues;
  throw new Fault("INVALID_REQUEST", `The request is not valid: ${first?.path || "the query"}: ${first?.message}.`, {
    data: { issues },
  });
}
