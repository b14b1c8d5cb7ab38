// How is something that changes in bursts followed without haste? Its newest value, at most once in a while.
import { useEffect, useRef, useState } from "react";

/** `value` as of at most `ms` milliseconds ago; it changes no more often than that. */
export function useEased<T>(value: T, ms: number): T {
  const [eased, setEased] = useState(value);
  const newest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    newest.current = value;
    if (value === eased) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setEased(newest.current);
    }, ms);
  }, [value, eased, ms]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return eased;
}
