// Where do long kept answers lie? In pages of a few large blocks, so that what is dropped gives its room back at once. A buffer of
// its own for each would leave that to the garbage collector, which looks at the heap and not at what lies outside of it, and
// buffers of all sizes that come and go leave holes between them.
import { borrowBuffer } from "#lib/buffer-pool.ts";

export const BLOCK_BYTES = 262_144;
/** As many blocks' worth of pages may be free. One block is given up then, so that what is moved out of it is less than what was freed. */
const MAX_FREE_BLOCKS = 2;

/** The numbers of the pages, in the order of what is in them; they change when pages are moved. */
export type Place = readonly number[];

export class Pages {
  /** What is stored takes whole pages. */
  readonly pageBytes: number;
  readonly #perBlock: number;
  /** By number; one that was given up leaves its number to the next. */
  readonly #blocks: (Block | undefined)[] = [];
  /** No number before this one has room, or has no block. */
  #from = 0;
  /** Pages of all blocks that nobody has. */
  #free = 0;

  /** `pageBytes`: a power of two, 16 to 65536. */
  constructor(pageBytes: number) {
    this.pageBytes = pageBytes;
    this.#perBlock = BLOCK_BYTES / pageBytes;
  }

  /** Bytes of all blocks: less than two blocks more than what is stored takes. */
  get bytes(): number {
    return this.#blocks.filter((block) => block !== undefined).length * BLOCK_BYTES;
  }

  /** Copies the range [start, end). */
  store(bytes: Buffer, start: number, end: number): Place {
    const place: number[] = [];
    for (let from = start; from < end; from += this.pageBytes) {
      const page = this.#take(place);
      bytes.copy(this.#blockOf(page).bytes, this.#offsetOf(page), from, Math.min(from + this.pageBytes, end));
      place.push(page);
    }
    return place;
  }

  /** A copy of the first `length` bytes, in a buffer that may be handed back (lib/buffer-pool). */
  read(place: Place, length: number): Buffer {
    const copy = borrowBuffer(length);
    let at = 0;
    for (const page of place) {
      const offset = this.#offsetOf(page);
      this.#blockOf(page).bytes.copy(copy, at, offset, offset + Math.min(this.pageBytes, length - at));
      at += this.pageBytes;
    }
    return copy;
  }

  /** Once for each place; nothing may be read from there any more. */
  free(place: Place): void {
    for (const page of place) {
      this.#blockOf(page).give(page % this.#perBlock);
      this.#from = Math.min(this.#from, this.#numberOf(page));
    }
    this.#free += place.length;
    while (this.#free >= MAX_FREE_BLOCKS * this.#perBlock) this.#giveUp(this.#emptiest());
  }

  #take(owner: number[]): number {
    const at = this.#withRoom();
    this.#blocks[at] ??= this.#newBlock();
    this.#free--;
    return at * this.#perBlock + (this.#blocks[at] as Block).take(owner);
  }

  /** The first that has a page left; or else a number that no block has. */
  #withRoom(): number {
    const { length } = this.#blocks;
    let at = this.#from;
    let vacant: number | undefined;
    for (; at < length; at++) {
      const block = this.#blocks[at];
      if (block !== undefined && block.room > 0) break;
      if (block === undefined) vacant ??= at;
    }
    this.#from = vacant ?? at;
    return at < length ? at : this.#from;
  }

  #newBlock(): Block {
    this.#free += this.#perBlock;
    return new Block(this.#perBlock);
  }

  #emptiest(): number {
    let emptiest = -1;
    let most = -1;
    for (const [at, block] of this.#blocks.entries()) {
      if (block === undefined || block.room <= most) continue;
      emptiest = at;
      most = block.room;
    }
    return emptiest;
  }

  /** What lies in the block moves into pages of others, which have room for it. */
  #giveUp(at: number): void {
    const block = this.#blocks[at] as Block;
    this.#blocks[at] = undefined;
    this.#free -= block.room;
    this.#from = Math.min(this.#from, at);
    for (const [within, owner] of block.owners.entries()) {
      if (owner === undefined) continue;
      const [from, to] = [at * this.#perBlock + within, this.#take(owner)];
      const offset = this.#offsetOf(from);
      block.bytes.copy(this.#blockOf(to).bytes, this.#offsetOf(to), offset, offset + this.pageBytes);
      owner[owner.indexOf(from)] = to;
    }
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
  /** Whose each page is. */
  readonly owners: (number[] | undefined)[];
  /** Pages that nobody has: the first `room` of them. */
  readonly #free: Uint16Array;
  room: number;

  constructor(pages: number) {
    this.owners = new Array<undefined>(pages).fill(undefined);
    this.#free = Uint16Array.from({ length: pages }, (_, at) => pages - 1 - at);
    this.room = pages;
  }

  take(owner: number[]): number {
    const page = this.#free[--this.room] as number;
    this.owners[page] = owner;
    return page;
  }

  give(page: number): void {
    this.owners[page] = undefined;
    this.#free[this.room++] = page;
  }

  /** Gives its memory back now: left alone it would stay until the next full collection. */
  end(): void {
    this.bytes.buffer.transfer(0);
  }
}
