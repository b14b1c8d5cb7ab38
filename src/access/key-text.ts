// What does a key look like? `omni2_<id>_<secret>`: the id is public and finds the key, the secret proves it.
import { randomBytes } from "node:crypto";
import { newSecret } from "./credentials.ts";

/** Every key begins so, and with it whatever was meant to be one. */
export const KEY_PREFIX = "omni2_";

/** Whether a text has the form of a key's public id. */
export const isKeyId = (text: string): boolean => /^[0-9a-f]{12}$/.test(text);

const FORM = /^omni2_([0-9a-f]{12})_[\w-]{43}$/;

/** A new key of 256 random bits, and its id of 48. */
export function newKey(): { readonly id: string; readonly key: string } {
  const id = randomBytes(6).toString("hex");
  return { id, key: `${KEY_PREFIX}${id}_${newSecret()}` };
}

/** The public id of a text that has the form of a key, else null. */
export const keyId = (text: string): string | null => FORM.exec(text)?.[1] ?? null;
