// Does a gateway still come right when its database is twenty seconds late? The short version is outage.test.ts.
import { it } from "node:test";
import { startWithoutDatabase } from "./outage-kit.ts";
import { preparePostgres } from "./pg.ts";

const LATE_MS = 20_000;

it("a gateway serves for twenty seconds without its database, and comes right when that comes", async (t) => {
  const postgres = await preparePostgres();
  if ("skip" in postgres) return t.skip(postgres.skip);
  if (postgres.power === null) return t.skip("the PostgreSQL at DATABASE_URL is not ours to switch off");
  try {
    const gateway = await startWithoutDatabase({ url: postgres.url, power: postgres.power, lateMs: LATE_MS });
    await gateway.stop();
  } finally {
    await postgres.stop();
  }
});
