import { go } from "./router.svelte";

let wanted: string | null = null;

/** Opens a profile's page and has it tested there, where the steps are shown. */
export function openAndTest(name: string): void {
  wanted = name;
  go({ page: "profile", name });
}

/** True once for the profile that is to be tested when its page opens. */
export function takeTestWish(name: string): boolean {
  const mine = wanted === name;
  if (mine) wanted = null;
  return mine;
}
