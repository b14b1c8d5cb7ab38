// Which servers were not up at a moment of the past, and why?
import type { StateAt } from "../../../src/contract/timeline.ts";
import { serverHref } from "../route.ts";
import list from "./event-list.module.css";
import { sentence } from "./format.ts";
import { worstFirst } from "./order.ts";
import rows from "./rows.module.css";
import { briefly } from "./sentence.ts";
import { StatusMark } from "./status.tsx";

/** Of more than these the others are counted only. */
const SHOWN = 10;

function Row({ state: { server, status, reason } }: { state: StateAt }) {
  return (
    <tr className={rows.row}>
      <td className={list.what}>
        <StatusMark status={status} still />
      </td>
      <th scope="row" className={rows.name}>
        <a className={rows.open} href={serverHref(server)}>
          {server}
        </a>
      </th>
      <td className={rows.text} title={reason ?? undefined}>
        {reason !== null && sentence(briefly(reason, server), server)}
      </td>
    </tr>
  );
}

export function States({ states }: { states: readonly StateAt[] }) {
  const troubled = worstFirst(states).filter(({ status }) => status !== "up");
  const rest = troubled.length - SHOWN;
  if (troubled.length === 0) return null;
  return (
    <>
      <table className={rows.dense}>
        <caption className="hidden">Servers that were not up</caption>
        <thead className="hidden">
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Server</th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {troubled.slice(0, SHOWN).map((state) => (
            <Row key={state.server} state={state} />
          ))}
        </tbody>
      </table>
      {rest > 0 && <p className="muted">{`${rest} more were not up.`}</p>}
    </>
  );
}
