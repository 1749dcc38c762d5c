/** What the polite live region reads out. */
export const live = $state({ text: "" });

/** Tells people who do not see the screen. The same text twice is read twice. */
export function announce(text: string): void {
  live.text = live.text === text ? `${text}\u00a0` : text;
}
