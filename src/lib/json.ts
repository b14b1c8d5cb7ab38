// How is JSON from outside handled safely? Depth is checked before anything recurses; equal values get equal text.
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";

/** Deepest nesting accepted from either side. JSON.stringify itself fails near 4,000. */
export const MAX_JSON_DEPTH = 128;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The index of the quote that closes the string whose opening quote is at `open`, or -1. */
export function closingQuote(bytes: Buffer, open: number): number {
  let at = open + 1;
  const near = Math.min(bytes.length, at + 24);
  while (at < near) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return farClosingQuote(bytes, at, open);
}

/** Long strings are searched in windows that grow, so that a short one does not pay for the text behind it. */
const FIRST_WINDOW = 512;
const MAX_WINDOW = 65_536;

// Searching a one-byte string for a character is native and twice as fast as searching the buffer when quotes are frequent.
function farClosingQuote(bytes: Buffer, from: number, open: number): number {
  let window = FIRST_WINDOW;
  for (let start = from; start < bytes.length; start += window) {
    if (start > from) window = Math.min(window * 4, MAX_WINDOW);
    const text = bytes.toString("latin1", start, start + window);
    for (let hit = text.indexOf('"'); hit !== -1; hit = text.indexOf('"', hit + 1)) {
      if (!isEscaped(bytes, start + hit, open)) return start + hit;
    }
  }
  return -1;
}

function isEscaped(bytes: Buffer, quote: number, open: number): boolean {
  let before = quote - 1;
  while (before > open && bytes[before] === BACKSLASH) before--;
  return (quote - 1 - before) % 2 === 1;
}

/** Deepest nesting of objects and arrays in JSON text; stops counting at `limit` + 1. Never recurses, never throws. */
export function jsonDepth(bytes: Buffer, limit = MAX_JSON_DEPTH): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at = closingQuote(bytes, at);
      if (at === -1) return deepest;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) deepest = depth;
      if (deepest > limit) return deepest;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}

/**
 * JSON text that is equal for equal values: object keys in the order of their code units, no spaces, `undefined` members left
 * out. Values are what JSON.parse gives, so `1` and `1.0` are one number, `"1"` is another value, and texts that only look
 * alike (composed and decomposed letters) differ.
 */
export const canonicalJson = (value: unknown): string => canonicalText(value, Number.POSITIVE_INFINITY) as string;

/** The same; undefined when it would be longer than `limit` characters, which is noticed before it is all written. */
export function canonicalText(value: unknown, limit: number): string | undefined {
  room = limit;
  if (isInOrder(value)) {
    const text = JSON.stringify(value) ?? "null";
    return text.length > limit ? undefined : text;
  }
  room = limit;
  const text = writeCanonical(value);
  return room < 0 ? undefined : text;
}

/** Characters left to the text under way: writing is synchronous and never nests. */
let room = 0;

/** Whether all keys stand in canonical order already, as they mostly do; false also when there may be no room for it. */
function isInOrder(value: unknown): boolean {
  room -= typeof value === "string" ? value.length + 2 : 1;
  if (room < 0) return false;
  if (value === null || typeof value !== "object") return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  let before = "";
  for (const key in value) {
    room -= key.length + 3;
    if (key < before || !isInOrder((value as JsonObject)[key])) return false;
    before = key;
  }
  return true;
}

function writeCanonical(value: unknown): string {
  if (value === null || typeof value !== "object") return writePlain(value);
  room -= BRACKETS;
  if (Array.isArray(value)) return writeList(value);
  let text = "";
  for (const key of Object.keys(value).sort()) {
    const member = (value as JsonObject)[key];
    if (member === undefined) continue;
    const name = JSON.stringify(key);
    room -= name.length + (text === "" ? 1 : 2);
    if (room < 0) return "";
    text += `${text === "" ? "" : ","}${name}:${writeCanonical(member)}`;
  }
  return `{${text}}`;
}

const BRACKETS = 2;

function writePlain(value: unknown): string {
  // A text is never shorter than what it stands for.
  const tooLong = typeof value === "string" && value.length > room;
  const text = tooLong ? "" : (JSON.stringify(value) ?? "null");
  room -= tooLong ? value.length : text.length;
  return text;
}

function writeList(items: readonly unknown[]): string {
  let text = "";
  for (let at = 0; at < items.length; at++) {
    if (at > 0) room--;
    if (room < 0) return "";
    text += at === 0 ? writeCanonical(items[at]) : `,${writeCanonical(items[at])}`;
  }
  return `[${text}]`;
}

/** Whether the bytes are UTF-8. Decoding replaces what is not, and the data would be changed in silence. */
export const isUtf8Text = (bytes: Buffer): boolean => isUtf8(bytes);

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
