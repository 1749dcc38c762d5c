import { hash } from "./hash";

/** The silhouette of an access key, in a box of 44 by 14. */
export interface Bitting {
  /** The ring that one holds; stroked. */
  bow: string;
  /** Shaft and teeth; filled. */
  blade: string;
}

const TEETH = 6;
const LEFT = 12;
const RIGHT = 42.5;
const TOP = 3.2;
const SHAFT = 6;
const DEEP = 1.8;

// Few, and told apart at a glance: round, square, diamond, shield.
const BOWS = [
  "M10 7a4 4 0 1 1-8 0a4 4 0 1 1 8 0z",
  "M3.6 3.2h4.8a1.4 1.4 0 0 1 1.4 1.4v4.8a1.4 1.4 0 0 1-1.4 1.4H3.6a1.4 1.4 0 0 1-1.4-1.4V4.6a1.4 1.4 0 0 1 1.4-1.4z",
  "M6 2.2 10.4 7 6 11.8 1.6 7z",
  "M2.2 3.2h7.6v3.9c0 2.4-1.8 3.7-3.8 4.4-2-.7-3.8-2-3.8-4.4z",
];

/** Draws the key from its ID, never from its secret: the same ID is always the same key. */
export function bitting(keyId: string): Bitting {
  const cuts = hash(keyId);
  const shape = hash(keyId, 0x9e3779b9);
  const step = (RIGHT - LEFT - 2) / TEETH;

  let blade = `M9.6 ${round(TOP + 1.4)}L${LEFT} ${TOP}H${RIGHT - 1.5}L${RIGHT} ${round(TOP + 1.5)}V${SHAFT}`;
  let depth = 0;
  for (let tooth = TEETH - 1; tooth >= 0; tooth -= 1) {
    const next = (cuts >>> (tooth * 3)) % 5;
    const right = LEFT + 1.4 + (tooth + 1) * step;
    const left = right - step * (0.55 + ((shape >>> (4 + tooth * 2)) % 4) * 0.09);
    const floor = SHAFT + next * DEEP;
    blade += `L${round(right)} ${round(SHAFT + Math.min(depth, next) * DEEP)}L${round(right - 0.7)} ${round(floor)}H${round(left)}`;
    depth = next;
  }
  blade += `L${LEFT} ${SHAFT + 1}L9.6 ${SHAFT + 2}z`;
  return { bow: BOWS[shape % BOWS.length] ?? "", blade };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
