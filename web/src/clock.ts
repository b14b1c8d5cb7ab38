// What time is it at the gateway? One tick a second for every countdown; it stands still while the data is stale.
import { createContext, useContext, useEffect, useState } from "react";

/** Gateway wall time in milliseconds since 1970, as of the last tick. */
export const ClockContext = createContext(0);

export const useClock = (): number => useContext(ClockContext);

/** @param offsetMs the gateway's clock minus this browser's. */
export function useTicks(running: boolean, offsetMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const tick = (): void => setNow(Date.now());
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now + offsetMs;
}
