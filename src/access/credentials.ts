// How is a credential read from a request, and made? Nothing here keeps a secret in clear.
import { hash, randomBytes } from "node:crypto";

/** What a stored credential looks like in memory. */
export const digest = (secret: string): Buffer => hash("sha256", secret, "buffer");

/** 256 random bits, safe in a URL, a cookie and a header. */
export const newSecret = (): string => randomBytes(32).toString("base64url");

/** A map key for a secret that does not reveal it. */
export const fingerprint = (secret: string): string => digest(secret).toString("base64url");

/** The token of an `Authorization: Bearer` header; null when there is no such header, "" when it is malformed. */
export function bearerToken(header: string | undefined): string | null {
  if (header === undefined) return null;
  return /^Bearer +([\x21-\x7e]{1,512}) *$/i.exec(header)?.[1] ?? "";
}

/** The value of one cookie, or null. */
export function cookieValue(header: string | undefined, name: string): string | null {
  if (header === undefined) return null;
  for (const part of header.split(";")) {
    const [key, value] = part.split("=", 2);
    if (key?.trim() === name && value !== undefined) return value.trim();
  }
  return null;
}
