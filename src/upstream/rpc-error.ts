// What does an upstream's JSON-RPC error look like to who asked?

/** A JSON-RPC error that an upstream answered. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}
