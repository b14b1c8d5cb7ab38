// Does an address stay on this machine? Pure; resolves no name but `localhost`.
import { isIPv4 } from "node:net";

/** Whether a host, with or without the brackets of IPv6, is `localhost`, in 127.0.0.0/8, or ::1. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (bare === "localhost" || bare === "::1") return true;
  return isIPv4(bare) && bare.startsWith("127.");
}
