// How are large replies held without a fresh allocation for each? Buffers of a few sizes that are lent out and handed back.
// Memory outside the JavaScript heap that is made and dropped with every call drives full collections of the whole heap.

/** Smaller ones come from Node's own slab; larger ones are rare enough to be made anew. */
const MIN_BYTES = 16 * 1024;
const MAX_BYTES = 1024 * 1024;
/** What the pool keeps at rest, at most. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

const free = new Map<number, Buffer[]>();
const lent = new WeakMap<ArrayBufferLike, Buffer>();
let keptBytes = 0;

/** A buffer of exactly `size` bytes with undefined content. Handing it back is optional. */
export function borrowBuffer(size: number): Buffer {
  if (size < MIN_BYTES || size > MAX_BYTES) return Buffer.allocUnsafe(size);
  const capacity = 2 ** Math.ceil(Math.log2(size));
  const known = free.get(capacity)?.pop();
  if (known !== undefined) keptBytes -= capacity;
  const whole = known ?? Buffer.allocUnsafeSlow(capacity);
  lent.set(whole.buffer, whole);
  return whole.subarray(0, size);
}

/** Hands a borrowed buffer (or a part of one) back; whoever still reads it will read something else. Harmless for other buffers, and twice. */
export function returnBuffer(bytes: Buffer): void {
  const whole = lent.get(bytes.buffer);
  if (whole === undefined) return;
  lent.delete(whole.buffer);
  if (keptBytes + whole.length > MAX_KEPT_BYTES) return;
  keptBytes += whole.length;
  const shelf = free.get(whole.length);
  if (shelf === undefined) free.set(whole.length, [whole]);
  else shelf.push(whole);
}
