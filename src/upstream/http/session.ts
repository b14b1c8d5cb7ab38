// How is a legacy session given back when its link closes? One DELETE, best effort and bounded.
import type { HttpLink } from "./link.ts";
import { ResponseReader } from "./response.ts";

const DELETE_LIMIT_MS = 1_000;

/** Resolves when the server has answered, or after a second. Never rejects. */
export function endSession(link: HttpLink): Promise<void> {
  if (link.headers.session === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      reader.abort();
      resolve();
    };
    const reader = new ResponseReader({ onStream: done, onEvent: () => {}, onBody: done, onLoss: done });
    const cancel = link.world.after(DELETE_LIMIT_MS, done);
    link.pools.control.dispatch({ path: link.path, method: "DELETE", headers: link.headers.remove() }, reader);
  });
}
