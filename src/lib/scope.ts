// Who closes what? A scope owns resources and closes them in reverse order, waiting for each.

export type Close = () => void | Promise<void>;

export interface Scope {
  /** Registers how a resource is closed and hands the resource back. */
  own<T>(resource: T, close: (resource: T) => void | Promise<void>): T;
  /** Closes everything in reverse order, once. All errors are collected into one AggregateError. */
  close(): Promise<void>;
}

export function createScope(): Scope {
  const closers: Close[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (const close of closers.reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "closing left errors behind");
  };
  return {
    own(resource, close) {
      closers.push(() => close(resource));
      return resource;
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
