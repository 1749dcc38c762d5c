export interface Match {
  /** Higher is better. */
  score: number;
  /** Start and end (exclusive) of what was matched, for marking. */
  ranges: Array<[number, number]>;
}

/**
 * Finds the letters of `query` in `text` in order, ignoring case; null when they are not all there.
 * A run in one piece beats scattered letters, and starts of words beat middles.
 */
export function fuzzy(query: string, text: string): Match | null {
  const wanted = query.toLowerCase().replace(/\s+/g, "");
  if (wanted === "") return { score: 0, ranges: [] };
  const lower = text.toLowerCase();
  // A case fold that changes the length would put the marks elsewhere.
  const hay = lower.length === text.length ? lower : text;

  const whole = hay.indexOf(query.trim().toLowerCase());
  if (whole >= 0) {
    const length = query.trim().length;
    return {
      score: 1000 + (startsWord(text, whole) ? 200 : 0) - whole - text.length / 100,
      ranges: [[whole, whole + length]],
    };
  }

  const ranges: Array<[number, number]> = [];
  let score = 0;
  let at = 0;
  for (const letter of wanted) {
    const found = nextPlace(hay, text, letter, at);
    if (found < 0) return null;
    const last = ranges.at(-1);
    if (last && last[1] === found) {
      last[1] = found + letter.length;
      score += 8;
    } else {
      ranges.push([found, found + letter.length]);
      score += startsWord(text, found) ? 6 : 0;
      score -= Math.min(found - at, 6);
    }
    at = found + letter.length;
  }
  return { score: score - text.length / 100, ranges };
}

function startsWord(text: string, at: number): boolean {
  return at === 0 || /[\s\-_./:]/.test(text[at - 1] ?? "");
}

/** The letter right here, else at the next start of a word, else anywhere later. */
function nextPlace(hay: string, text: string, letter: string, from: number): number {
  if (hay.startsWith(letter, from)) return from;
  for (let at = hay.indexOf(letter, from); at >= 0; at = hay.indexOf(letter, at + 1)) {
    if (startsWord(text, at)) return at;
  }
  return hay.indexOf(letter, from);
}

export interface Piece {
  text: string;
  marked: boolean;
}

/** Cuts a text at its matched ranges, for showing them. */
export function pieces(text: string, ranges: Array<[number, number]>): Piece[] {
  const cut: Piece[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    if (start > at) cut.push({ text: text.slice(at, start), marked: false });
    cut.push({ text: text.slice(start, end), marked: true });
    at = end;
  }
  if (at < text.length) cut.push({ text: text.slice(at), marked: false });
  return cut;
}
