import { go } from "./router.svelte";

/** Where a set-up begins. `choose` asks the person. A pasted secret never comes through here. */
export type SetupSource =
  | { kind: "choose" }
  | { kind: "paste" }
  | { kind: "csv"; path: string }
  | { kind: "profile"; profile: string };

/** Read by the set-up's first screen; a new object each time, so that it can be told from the last. */
export const setupSource = $state<{ current: SetupSource }>({ current: { kind: "choose" } });

/** Begins a set-up from anywhere: the button, a drop, the palette, a profile's page. */
export function beginSetup(source: SetupSource = { kind: "choose" }): void {
  setupSource.current = source;
  go({ page: "setup", step: "" });
}

/** True for one dropped file that may be a console's csv. */
export function isOneCsv(paths: string[]): boolean {
  return paths.length === 1 && /\.csv$/i.test(paths[0] ?? "");
}
