// Names come from files and from AWS and may hold anything, also characters that nobody sees but that change how the rest
// is read: "photo", a right-to-left override, "gpj.exe" (Trojan Source, CVE-2021-42574). They are shown by their number, and what is written from right to
// left keeps to itself.

/** Controls, marks and overrides of direction, line and paragraph ends, blanks without width. Joiners stay: emoji need them. */
const HIDDEN = String.raw`\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff`;
const FROM_THE_RIGHT = String.raw`[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]`;
const RIGHT_TO_LEFT = new RegExp(FROM_THE_RIGHT, "u");
/** One hidden character; or what `isolated` made, which stays. */
const FOUND = new RegExp(`\u2068[^${HIDDEN}]*${FROM_THE_RIGHT}[^${HIDDEN}]*\u2069|[${HIDDEN}]`, "gu");

const isHidden = (found: string, layout: boolean) => found.length === 1 && !(layout && /[\n\t]/.test(found));
const number = (character: string) => `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;

/** What nearly all texts are, in which there is nothing to look for. */
const PLAIN = /^[ -~]*$/;

export interface Piece {
  text: string;
  /** It stands for one character that is not seen. */
  hidden: boolean;
}

/** The text in pieces, with hidden characters by their number. `layout` leaves line ends and tabs as they are. */
export function pieces(text: string, layout = false): Piece[] {
  if (PLAIN.test(text)) return text === "" ? [] : [{ text, hidden: false }];
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(FOUND)) {
    if (!isHidden(match[0], layout)) continue;
    if (match.index > at) found.push({ text: text.slice(at, match.index), hidden: false });
    found.push({ text: number(match[0]), hidden: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ text: text.slice(at), hidden: false });
  return found;
}

/** As plain text, for a tooltip or the window's title: `photo‹U+202E›gpj.exe`. */
export function told(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(FOUND, (found) => (isHidden(found, false) ? `‹${number(found)}›` : found));
}

/** As plain text inside a sentence, whose own order it does not touch (FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE). */
export function isolated(text: string): string {
  if (PLAIN.test(text)) return text;
  const plain = told(text);
  return RIGHT_TO_LEFT.test(plain) ? `\u2068${plain}\u2069` : plain;
}

type Words = Record<string, unknown>;

/** The same words, whose functions isolate every text that they are given, alone or in a list. */
export function isolating<W extends Words>(words: W): W {
  const of = (value: unknown): unknown => {
    if (typeof value === "function") return (...given: unknown[]) => (value as (...given: unknown[]) => unknown)(...given.map(argument));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, of(child)]));
  };
  const argument = (given: unknown): unknown =>
    typeof given === "string" ? isolated(given) : Array.isArray(given) ? given.map((one) => (typeof one === "string" ? isolated(one) : one)) : given;
  return of(words) as W;
}
