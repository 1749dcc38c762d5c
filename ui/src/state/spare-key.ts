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
  const odd = characters.find((character) => !/[\p{L}\p{Z}\p{N}_.:/=+\-@]/u.test(character));
  return odd === undefined ? null : { odd };
}
