// Which faults are played by tests elsewhere, and which not yet? The store, the end of the process, overload, and what is to come.
import { proofs, type Row } from "./row.ts";

const OUTAGE = "test/store-outage.test.ts";
const LONG_OUTAGE = "test/outage.deep.test.ts";
const STORE = "test/store.test.ts";
const EMBEDDED = "test/store-embedded.test.ts";
const KILLS = "test/kills.deep.test.ts";
const OVERLOAD = "test/overload.test.ts";
const FIFTY = "test/faults-fifty.deep.test.ts";

export const ELSEWHERE_ROWS: readonly Row[] = [
  {
    id: "F34",
    fault: "the database is not there at the start",
    expected: "The gateway serves without it, says why it is not ready, and becomes ready by itself.",
    proofs: [
      ...proofs(LONG_OUTAGE, [
        "a gateway serves for twenty seconds without its database, and comes right when that comes",
      ]),
      ...proofs(OUTAGE, ["waits for a database that starts later, says why, and logs that once"]),
    ],
  },
  {
    id: "F35",
    fault: "the database is lost, hangs, or resets its connections",
    expected: "Calls go on, what is to be written waits within bounds, and is written once when it is back.",
    proofs: [
      ...proofs(LONG_OUTAGE, [
        "a gateway whose database crashes ten times under load answers every call and writes everything once",
      ]),
      ...proofs(OUTAGE, [
        "outlives a connection that is reset in the middle of a statement",
        "never holds a caller for long, and service is resumed without it or when it wakes",
      ]),
    ],
    later: "tools that must not run unaudited",
  },
  {
    id: "F36",
    fault: "two gateways migrate at once, or the schema is newer than the program",
    expected: "It is migrated once; a newer schema is refused with a reason and left alone.",
    proofs: [
      ...proofs(OUTAGE, ["is migrated once when two gateways start at once"]),
      ...proofs(STORE, ["a schema made by a newer version is refused with a reason and left alone"]),
    ],
  },
  {
    id: "F37",
    fault: "a second gateway opens the embedded database, or its gateway is killed while writing",
    expected: "The second is refused and told who holds it; no acknowledged row is lost.",
    proofs: [
      ...proofs(EMBEDDED, [
        "is refused to a second gateway, which learns who holds it, and the first is unharmed",
        "keeps every acknowledged row when its gateway is killed mid-write, and opens again",
      ]),
      ...proofs(KILLS, ["refuses its data directory to a second gateway, naming the holder, and serves on"]),
    ],
  },
  {
    id: "F38",
    fault: "the disk is full",
    expected: "Calls go on; a definition that cannot be kept is refused; what was kept stays, and room ends it.",
    proofs: proofs("test/faults-disk.deep.test.ts", [
      "a full disk costs no call, refuses what it cannot keep, and is forgotten when there is room again",
    ]),
  },
  {
    id: "F40",
    fault: "file descriptors run out",
    expected: "New connections wait or are refused, running calls finish, and no server is blamed.",
    proofs: proofs(OVERLOAD, [
      "without files to open it refuses connections, finishes its calls, and blames no server",
    ]),
  },
  {
    id: "F41",
    fault: "memory runs out",
    expected: "New calls are refused in words before memory ends; control goes on, and service returns.",
    proofs: proofs(OVERLOAD, [
      "with a full heap it refuses calls in words, goes on with control and running calls, and recovers",
      "with little memory and large replies it answers or refuses, and never dies",
    ]),
  },
  {
    id: "F44",
    fault: "the gateway is killed while it works",
    expected: "No process is left, nothing promised is lost, and it starts again at once.",
    proofs: proofs(KILLS, ["times under load leaves no process, keeps its word, and starts again at once"]),
  },
  {
    id: "F45",
    fault: "the gateway is told to stop under load",
    expected: "Running calls are answered, new ones are refused, and it ends with 0; told twice, it ends at once.",
    proofs: proofs("test/drain.test.ts", [
      "every running call is answered, new ones are refused, and the exit code is 0",
      "a second SIGTERM ends it at once",
    ]),
  },
  {
    id: "F51",
    fault: "one of fifty servers has each of these faults",
    expected: "Not one call of the others fails.",
    proofs: proofs(FIFTY, ["one of fifty that does every wrong in turn costs the others nothing"]),
  },
  {
    id: "F52",
    fault: "all servers are lost at once and come back together",
    expected: "They are reached again by themselves, at moments spread by chance.",
    proofs: proofs(FIFTY, ["all that are lost at once come back by themselves, and not all at once"]),
  },
  {
    id: "F60",
    fault: "some servers are stopped one by one and released in another order",
    expected: "All of them recover, and the others never notice.",
    proofs: proofs(FIFTY, ["some that are silenced one by one and released in another order all recover"]),
  },
  {
    id: "F64",
    fault: "a transaction of the store meets a conflict or a deadlock",
    expected: "It is tried again up to three times inside the store, then reported.",
    proofs: proofs(STORE, ["a conflict with another transaction is tried again three times, then reported"]),
  },
  {
    id: "F53",
    fault: "500 equal calls at once; the one that asks fails, or its caller leaves",
    expected:
      "One question to the server; another caller takes its place, once after a failure, and nobody is harmed by who left.",
    proofs: [
      ...proofs("test/cache.test.ts", ["is the only one there is when 500 are made at once"]),
      ...proofs("src/calls/cache/coalesce.test.ts", [
        "when the one that asks leaves, the next takes its place and the others wait for that",
        "a failure promotes one of those who wait, once: its failure is theirs",
      ]),
    ],
  },
  {
    id: "F54",
    fault: "a dashboard stops reading",
    expected: "It is cut within two seconds of 1 MiB, and nobody else notices.",
    proofs: proofs("test/live-load.deep.test.ts", [
      "one of a thousand that has stopped reading is cut within two seconds of 1 MiB, and the others do not notice",
    ]),
  },
  {
    id: "F55",
    fault: "a breaker flaps a hundred times a second",
    expected: "Each client gets at most ten frames a second, the last state right; the history has every change.",
    proofs: proofs("src/events/flapping.test.ts", [
      "a hundred changes a second reach a client as at most ten frames in any second, the last one right",
    ]),
  },
];

const later = (id: string, fault: string, why: string): Row => ({ id, fault, expected: "-", later: why });

export const LATER_ROWS: readonly Row[] = [
  later("F39", "Redis is lost, slow or emptied", "no Redis is used yet"),
  later("F43", "the wall clock jumps", "played in the simulation"),
  later("F47", "a key is revoked while it is in use", "with access control"),
  later("F49", "ten thousand idle sessions", "with the soak test"),
  later("F50", "streams for resumption grow", "the gateway keeps no events for its clients to resume"),
  later("F56", "a certificate is expired or for another host", "with outgoing TLS"),
  later("F57", "an access token expires during a call", "with OAuth"),
  later("F58", "a name leads elsewhere between check and use", "with the guard of outgoing addresses"),
  later("F61", "a server asks clients for more than they bear", "requests of servers are not relayed"),
  later("F63", "two gateways share one database", "with clustering"),
  later("F65", "a long soak with churn", "a test of its own"),
];
