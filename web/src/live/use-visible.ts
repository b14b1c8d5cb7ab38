// Does anybody see this page now, or is its tab in the background?
import { useSyncExternalStore } from "react";

const subscribe = (notify: () => void): (() => void) => {
  document.addEventListener("visibilitychange", notify);
  return () => document.removeEventListener("visibilitychange", notify);
};

export const useVisible = (): boolean => useSyncExternalStore(subscribe, () => document.visibilityState === "visible");
