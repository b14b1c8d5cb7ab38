// Which faults does the matrix know? Every one by its number, in order.

import type { Row } from "./row.ts";
import { ELSEWHERE_ROWS, LATER_ROWS } from "./rows-elsewhere.ts";
import { FRONT_ROWS } from "./rows-front.ts";
import { HTTP_ROWS } from "./rows-http.ts";
import { NETWORK_ROWS } from "./rows-network.ts";
import { OWN_ROWS } from "./rows-own.ts";
import { PROCESS_ROWS } from "./rows-processes.ts";
import { REPLY_ROWS } from "./rows-replies.ts";
import { START_ROWS } from "./rows-starts.ts";

const byId = (a: Row, b: Row): number => a.id.localeCompare(b.id);

export const ROWS: readonly Row[] = [
  ...PROCESS_ROWS,
  ...START_ROWS,
  ...NETWORK_ROWS,
  ...REPLY_ROWS,
  ...HTTP_ROWS,
  ...FRONT_ROWS,
  ...OWN_ROWS,
  ...ELSEWHERE_ROWS,
  ...LATER_ROWS,
].sort(byId);
