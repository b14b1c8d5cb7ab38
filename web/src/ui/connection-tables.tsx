// Who is connected, over MCP and as a reader of the live stream? One row each; nothing here can be used to take a connection over.
import type { ReactNode } from "react";
import type { LiveConnectionView, McpConnection } from "../../../src/contract/connection.ts";
import { useClock } from "../clock.ts";
import styles from "./connection-tables.module.css";
import { KINDS, PACES, subscriptionWords } from "./connection-words.ts";
import { bytes, count, duration, words } from "./format.ts";
import { Quantity } from "./quantity.tsx";
import rows from "./rows.module.css";
import { StatusMark } from "./status.tsx";

/** How long ago an instant was, in milliseconds since 1970. */
function Since({ at }: { at: number }) {
  const now = useClock();
  return (
    <time dateTime={new Date(at).toISOString()} title={new Date(at).toISOString()}>
      <Quantity figure={duration(Math.max(0, Math.round((now - at) / 1000)) * 1000)} />
    </time>
  );
}

interface Column {
  readonly head: string;
  readonly wide?: boolean;
  readonly number?: boolean;
}

const classOf = ({ wide, number }: Column): string | undefined =>
  [wide && "wide", number && "number"].filter(Boolean).join(" ") || undefined;

interface FrameProps {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly children: ReactNode;
}

function Frame({ caption, columns, children }: FrameProps) {
  return (
    <table className={`${rows.dense} ${styles.table}`}>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.head} scope="col" className={classOf(column)}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

const captionOf = (what: string, shown: number, total: number): string =>
  shown < total ? `${what}: ${shown} of ${words(count(total))}` : `${what}: ${words(count(total))}`;

const MCP: readonly Column[] = [
  { head: "Client" },
  { head: "Asked by", wide: true },
  { head: "Endpoint", wide: true },
  { head: "Protocol", wide: true },
  { head: "Running", number: true },
  { head: "Streams", wide: true, number: true },
  { head: "Open for", wide: true, number: true },
  { head: "Last heard", number: true },
];

interface McpProps {
  readonly sessions: readonly McpConnection[];
  readonly total: number;
}

export function McpConnections({ sessions, total }: McpProps) {
  if (sessions.length === 0)
    return (
      <section>
        <h2 className={styles.head}>MCP sessions</h2>
        <p className="muted">
          None is open. Clients that speak MCP without sessions are not seen here; their calls are on the Calls page.
        </p>
      </section>
    );
  return (
    <Frame caption={captionOf("MCP sessions", sessions.length, total)} columns={MCP}>
      {sessions.map(({ id, client, principal, endpoint, protocolVersion, ...session }) => (
        <tr key={id} className={rows.row}>
          <th scope="row" className={styles.name}>
            {client ? `${client.name} ${client.version}` : "Gives no name"} <code>{id}</code>
          </th>
          <td className="wide">{principal}</td>
          <td className="wide mono">{endpoint}</td>
          <td className="wide muted">{protocolVersion}</td>
          <td className="number">{session.inFlight}</td>
          <td className="wide number">{session.streams}</td>
          <td className="wide number">
            <Since at={session.openedAt} />
          </td>
          <td className="number">
            <Since at={session.seenAt} />
          </td>
        </tr>
      ))}
    </Frame>
  );
}

const LIVE: readonly Column[] = [
  { head: "Who" },
  { head: "Pace" },
  { head: "By", wide: true },
  { head: "Gets", wide: true },
  { head: "Address", wide: true },
  { head: "Not read yet", wide: true, number: true },
  { head: "Open for", number: true },
];

interface LiveProps {
  readonly readers: readonly LiveConnectionView[];
  readonly total: number;
}

export function LiveConnections({ readers, total }: LiveProps) {
  return (
    <Frame caption={captionOf("Readers of the live stream", readers.length, total)} columns={LIVE}>
      {readers.map(({ id, principal, role, pace, kind, subscriptions, address, ...reader }) => (
        <tr key={id} className={rows.row}>
          <th scope="row" className={styles.name}>
            {principal === role ? role : `${principal}, ${role}`}
          </th>
          <td>
            <StatusMark status={PACES[pace].status} word={PACES[pace].word} still />
          </td>
          <td className="wide">{KINDS[kind]}</td>
          <td className={`wide ${rows.text}`} title={subscriptionWords(subscriptions)}>
            {subscriptionWords(subscriptions)}
          </td>
          <td className="wide mono">{address}</td>
          <td className="wide number">
            <Quantity figure={bytes(reader.bufferedBytes)} />
          </td>
          <td className="number">
            <Since at={reader.openedAt} />
          </td>
        </tr>
      ))}
    </Frame>
  );
}
