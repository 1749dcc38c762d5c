import type { AccessKeyRow } from "../backend";
import { toMilliseconds } from "./time";

export type SpareReason = "inactive" | "unused" | "oldest";

/** A key this young, in milliseconds, is not called unused: its first use may still be ahead, or not yet reported. */
const YOUNG = 24 * 3_600_000;

/**
 * The key that is missed least when a user has no room for another: an inactive one, then one that was never used,
 * then the one whose last use is the longest ago. A new key counts as used when it was made. Null without keys.
 * `now` is in milliseconds since 1970.
 */
export function spareKey(keys: AccessKeyRow[], now: number): { key: AccessKeyRow; reason: SpareReason } | null {
  const used = (key: AccessKeyRow) => {
    const created = toMilliseconds(key.created) ?? 0;
    return toMilliseconds(key.lastUsed) ?? (now - created < YOUNG ? created : 0);
  };
  const longest = [...keys].sort((a, b) => used(a) - used(b) || (toMilliseconds(a.created) ?? 0) - (toMilliseconds(b.created) ?? 0));
  const inactive = longest.find((key) => !key.active);
  if (inactive) return { key: inactive, reason: "inactive" };
  const [first] = longest;
  if (!first) return null;
  return { key: first, reason: first.lastUsed === null ? "unused" : "oldest" };
}

/** The last four of a key ID: how people tell keys apart. */
export function keyTail(keyId: string): string {
  return keyId.slice(-4);
}

/** A profile name for a new key of a user that no profile has yet. */
export function freeProfileName(user: string, taken: string[]): string {
  const base = user.normalize("NFKD").replace(/[^\w.-]+/g, "-").replace(/^-+|-+$/g, "") || "new-key";
  const names = new Set(taken);
  if (!names.has(base)) return base;
  for (let number = 2; ; number += 1) {
    if (!names.has(`${base}-${number}`)) return `${base}-${number}`;
  }
}

/** Why AWS would not store a description with a key: IAM's alphabet for tag values, and its length. */
export function descriptionProblem(text: string): { odd: string } | { length: number } | null {
  const characters = [...text];
  if (characters.length > 256) return { length: characters.length };
  const odd = characters.find((character) => !/[\p{L}\p{N} _.:/=+\-@]/u.test(character));
  return odd === undefined ? null : { odd };
}
