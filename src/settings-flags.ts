// Which flags does `omni2 serve` take? One table for the parser, `--help` and the documentation.

export interface SettingFlag {
  readonly name:
    | "config"
    | "port"
    | "host"
    | "data-dir"
    | "database-url"
    | "redis-url"
    | "admin-token"
    | "log-level"
    | "log-format";
  /** How the value is called in help. */
  readonly value: string;
  readonly env: string;
  readonly repeatable?: true;
  readonly text: string;
}

export const SETTING_FLAGS: readonly SettingFlag[] = [
  {
    name: "config",
    value: "FILE",
    env: "OMNI2_CONFIG",
    repeatable: true,
    text: "server definitions, JSON with comments or YAML; repeatable (default: ./omni2.json, else the sample)",
  },
  { name: "port", value: "N", env: "OMNI2_PORT", text: "port for everything; 0 takes any free one (default: 8000)" },
  {
    name: "host",
    value: "ADDR",
    env: "OMNI2_HOST",
    text: "address to listen on; any but loopback needs an admin token given (default: 127.0.0.1)",
  },
  {
    name: "data-dir",
    value: "DIR",
    env: "OMNI2_DATA_DIR",
    text: "embedded database, first-run token, locks (default: ./.omni2)",
  },
  {
    name: "database-url",
    value: "URL",
    env: "DATABASE_URL",
    text: "external PostgreSQL 14 or newer; also DATABASE_HOST, _PORT, _NAME, _USER, _PASSWORD (default: embedded)",
  },
  {
    name: "redis-url",
    value: "URL",
    env: "REDIS_URL",
    text: "Redis or Valkey, for several gateways as one (default: none)",
  },
  {
    name: "admin-token",
    value: "TOKEN",
    env: "OMNI2_ADMIN_TOKEN",
    text: "admin credential, 16 to 512 characters (default: generated, kept in the data directory)",
  },
  {
    name: "log-level",
    value: "LEVEL",
    env: "LOG_LEVEL",
    text: "fatal, error, warn, info, debug, trace or silent (default: info)",
  },
  {
    name: "log-format",
    value: "FORMAT",
    env: "LOG_FORMAT",
    text: "pretty or json (default: pretty on a terminal, else json)",
  },
];
