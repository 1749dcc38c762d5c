import { hash } from "./hash";

/** Madder is kept for production. */
const HUES = ["teal", "blue", "violet", "clay", "ochre", "moss", "slate"] as const;
export type Hue = (typeof HUES)[number] | "madder";

/** The tile's colour: by account where it is known, so that profiles of one account look alike. */
export function tileHue(account: string | null, name: string): Hue {
  return HUES[hash(account ?? name) % HUES.length] ?? "slate";
}

/** Two letters: of the first two words, else the first two of the name. */
export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  const first = [...(words[0] ?? "")];
  const second = [...(words[1] ?? "")];
  return ((first[0] ?? "?") + (second[0] ?? first[1] ?? "")).toUpperCase();
}

/** "1111-2222-3333", as AWS writes account numbers for people. */
export function accountNumber(id: string): string {
  return /^\d{12}$/.test(id) ? id.replace(/(\d{4})(?=\d)/g, "$1-") : id;
}
