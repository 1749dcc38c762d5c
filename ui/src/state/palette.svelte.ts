import { untrack } from "svelte";

import type { IconName } from "../parts/icons";
import { fuzzy, type Match } from "./fuzzy";

export type PaletteGroup = "actions" | "profiles" | "users" | "buckets" | "pages";

export interface PaletteItem {
  id: string;
  group: PaletteGroup;
  label: string;
  /** Said after the label, in grey. */
  note?: string;
  /** It acts on, or leads to, production. */
  production?: boolean;
  icon: IconName;
  /** Shown as keys at the end of the line: "Ctrl 2". */
  keys?: string;
  run: () => void;
}

export const GROUP_ORDER: PaletteGroup[] = ["actions", "profiles", "users", "buckets", "pages"];

export const palette = $state<{ open: boolean; offers: Array<() => PaletteItem[]> }>({
  open: false,
  offers: [],
});

/** A view's own entries: `$effect(() => offerActions(() => […]))`. Answers a function that takes them back. */
export function offerActions(offer: () => PaletteItem[]): () => void {
  // Not a reading: an effect that offers must not run again because another one did.
  const change = (next: (offers: typeof palette.offers) => typeof palette.offers) =>
    untrack(() => {
      palette.offers = next(palette.offers);
    });
  change((offers) => [...offers, offer]);
  return () => change((offers) => offers.filter((one) => one !== offer));
}

export interface PaletteHit {
  item: PaletteItem;
  match: Match;
}

/**
 * What fits the query, grouped in a fixed order, the best of each group first. Of two with one id the first stays: a view
 * and the shell may offer the same.
 */
export function findInPalette(items: PaletteItem[], query: string, limit = 8): PaletteHit[] {
  const once = [...new Map(items.toReversed().map((item) => [item.id, item])).values()].toReversed();
  return GROUP_ORDER.flatMap((group) =>
    once
      .filter((item) => item.group === group)
      .flatMap((item) => {
        const match = fuzzy(query, item.label);
        return match ? [{ item, match }] : [];
      })
      .sort((a, b) => b.match.score - a.match.score)
      .slice(0, limit),
  );
}
