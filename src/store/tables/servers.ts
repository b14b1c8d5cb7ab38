// What is stored about each server: its definition as shown, its health, and the whole definition of those added over REST.
// A definition from a file is never stored: it can hold secrets, and the file is its home.
import { sql } from "kysely";
import { Fault } from "#contract/fault.ts";
import type { CircuitState, Health, Link, Origin, Status } from "#contract/upstream.ts";
import { jsonb } from "../batch.ts";
import type { Run } from "../schema.ts";

