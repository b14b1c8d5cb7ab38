// How does a test read what the gateway wrote about calls? From an external database, because the embedded one has a single client.
import { Client } from "pg";

export interface CallRow {
  readonly id: string;
  readonly kind: string;
  readonly server: string | null;
  readonly name: string;
  readonly principal: string;
  readonly era: string;
  readonly outcome: string;
  readonly fault_code: string | null;
}

export interface MinuteSum {
  readonly name: string;
  readonly outcome: string;
  readonly calls: number;
}

export interface CallReader {
  records(): Promise<CallRow[]>;
  /** Calls by name and outcome, all minutes together. */
  minutes(): Promise<MinuteSum[]>;
  close(): Promise<void>;
}

export async function openCallReader(url: string): Promise<CallReader> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    async records() {
      const columns = "id, kind, server, name, principal, era, outcome, fault_code";
      return (await client.query<CallRow>(`select ${columns} from omni2.calls order by at, id`)).rows;
    },
    async minutes() {
      const sums = "select name, outcome, sum(calls)::int as calls from omni2.call_minutes group by 1, 2 order by 1, 2";
      return (await client.query<MinuteSum>(sums)).rows;
    },
    close: () => client.end(),
  };
}
