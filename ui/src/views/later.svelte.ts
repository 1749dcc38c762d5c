import { lists } from "../parts/lists.svelte";

/** What is read once the page is shown, or when one of its views is asked for before. */
export const later = new (class {
  views = $state.raw<typeof import("./later") | null>(null);
})();

let reading: Promise<void> | null = null;

export function readViews(): Promise<void> {
  reading ??= import("./later").then((views) => {
    later.views = views;
    lists.read = views.lists;
  });
  return reading;
}
