import type { Backend } from "./door";
import { tauriBackend } from "./tauri";

export * from "./door";
export type * from "./wire";

/** Set once, before anything is mounted: by `openBackend`, or by a test with `useBackend`. */
export let backend: Backend;

export function useBackend(chosen: Backend): void {
  backend = chosen;
}

/**
 * Inside the window the real door; in a plain browser a believable one, which is not part of the window's own page:
 * `?fake=full` (the default), or another world of `fake/world.ts`: `?fake=fresh`, `?fake=odd`, `?fake=never`.
 */
export async function openBackend(): Promise<void> {
  if (import.meta.env.MODE === "production" || "__TAURI_INTERNALS__" in window) {
    useBackend(tauriBackend());
    return;
  }
  const { fakeBackend, isWorldName } = await import("./fake");
  const asked = new URLSearchParams(location.search).get("fake") ?? "full";
  useBackend(fakeBackend({ world: isWorldName(asked) ? asked : "full", delay: 1 }));
}
