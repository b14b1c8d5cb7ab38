// How do the tests of one file share a stage? It stands from before the first of them until after the last.
import { after, beforeEach } from "node:test";
import type { Role } from "#contract/access.ts";
import { type Stage, stage } from "./stage.fixture.ts";

/** A stage that each test finds with this role, without a fault of `act` and with nothing asked of it yet. */
export async function stagedAs(role: Role): Promise<Stage> {
  const on = await stage();
  after(() => on.close());
  beforeEach(() => {
    on.role = role;
    on.actFault = undefined;
    on.acts.length = 0;
  });
  return on;
}
