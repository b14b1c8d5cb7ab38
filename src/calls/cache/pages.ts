// Where do large kept answers lie? In pages of a few large blocks, so that what is dropped gives its room back at once. A buffer of
// its own for each would leave that to the garbage collector, which looks at the heap and not at what lies outside of it, and
// buffers of all sizes that come and go leave holes between them.
import { borrowBuffer } from "#lib/buffer-pool.ts";

const BLOCK_BYTES = 1_048_576;

/** Numbers of pages, in the order of what is in them. */
export type Place = readonly number[];

export class Pages {
  /** What is stored takes whole pages. */
  readonly pageBytes: number;
  readonly #perBlock: number;
  /** By number; one that was given back leaves its number to the next. */
  readonly #blocks: (Block | undefined)[] = [];
  /** No number before this one has room, or has no block. */
  #from = 0;
  /** Blocks of which no page is taken: one at most, in store for the next answer. */
  #unused = 0;

  /** `pageBytes`: a power of two, 16 to 65536. */
  constructor(pageBytes: number) {
    this.pageBytes = pageBytes;
    this.#perBlock = BLOCK_BYTES / pageBytes;
  }

  /** Bytes of all blocks, whatever is in them. */
  get bytes(): number {
    return this.#blocks.filter((block) => block !== undefined).length * BLOCK_BYTES;
  }

  /** Copies the range [start, end). */
  store(bytes: Buffer, start: number, end: number): Place {
    const { pageBytes } = this;
    const place: number[] = [];
    for (let from = start; from < end; from += pageBytes) {
      const page = this.#take();
      bytes.copy(this.#blockOf(page).bytes, this.#offsetOf(page), from, Math.min(from + pageBytes, end));
      place.push(page);
    }
    return place;
  }

  /** A copy of the first `length` bytes, in a buffer that may be handed back (lib/buffer-pool). */
  read(place: Place, length: number): Buffer {
    const { pageBytes } = this;
    const copy = borrowBuffer(length);
    let at = 0;
    for (const page of place) {
      const offset = this.#offsetOf(page);
      this.#blockOf(page).bytes.copy(copy, at, offset, offset + Math.min(pageBytes, length - at));
      at += pageBytes;
    }
    return copy;
  }

  /** Once for each place; nothing may be read from there any more. */
  free(place: Place): void {
    for (const page of place) {
      const at = this.#numberOf(page);
      const block = this.#blockOf(page);
      block.give(page % this.#perBlock);
      this.#from = Math.min(this.#from, at);
      if (block.isUnused) this.#release(block, at);
    }
  }

  #take(): number {
    const at = this.#withRoom();
    this.#blocks[at] ??= this.#newBlock();
    const block = this.#blocks[at] as Block;
    if (block.isUnused) this.#unused--;
    return at * this.#perBlock + block.take();
  }

  /** The first that has a page left, so that the last ones get empty; or else a number that no block has. */
  #withRoom(): number {
    const { length } = this.#blocks;
    let at = this.#from;
    let vacant: number | undefined;
    for (; at < length; at++) {
      const block = this.#blocks[at];
      if (block?.hasRoom === true) break;
      if (block === undefined) vacant ??= at;
    }
    this.#from = vacant ?? at;
    return at < length ? at : this.#from;
  }

  #newBlock(): Block {
    this.#unused++;
    return new Block(this.#perBlock);
  }

  #release(block: Block, at: number): void {
    this.#unused++;
    if (this.#unused === 1) return;
    this.#unused--;
    this.#blocks[at] = undefined;
    block.end();
  }

  #blockOf(page: number): Block {
    return this.#blocks[this.#numberOf(page)] as Block;
  }

  #numberOf(page: number): number {
    return Math.floor(page / this.#perBlock);
  }

  #offsetOf(page: number): number {
    return (page % this.#perBlock) * this.pageBytes;
  }
}

class Block {
  readonly bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  /** Pages that nobody has: the first `#room` of them. */
  readonly #free: Uint16Array;
  #room: number;

  constructor(pages: number) {
    this.#free = Uint16Array.from({ length: pages }, (_, at) => pages - 1 - at);
    this.#room = pages;
  }

  get hasRoom(): boolean {
    return this.#room > 0;
  }

  get isUnused(): boolean {
    return this.#room === this.#free.length;
  }

  take(): number {
    return this.#free[--this.#room] as number;
  }

  give(page: number): void {
    this.#free[this.#room++] = page;
  }

  /** Gives its memory back now: left alone it would stay until the next full collection. */
  end(): void {
    this.bytes.buffer.transfer(0);
  }
}
