// Which pages does the configuration have? The links at the top of each of them.
import { ACCESS_KEYS, CONFIGURATION } from "../route.ts";

export const CONFIGURATION_LINKS = [
  [CONFIGURATION, "Configuration"],
  [ACCESS_KEYS, "Access keys and audit"],
] as const;
