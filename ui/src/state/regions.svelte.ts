import { backend, type Region } from "../backend";

/** The regions that AWS offers; empty until they are read. They do not change while the window is open. */
export const regions = $state<{ value: Region[] }>({ value: [] });

let asked = false;

/** Reads them once. Without an answer a region can still be typed. Never rejects. */
export async function loadRegions(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    regions.value = await backend.call("regions", null);
  } catch {
    asked = false;
  }
}

/** For a Combo: the given region first, as it is the likely one. */
export function regionOptions(first: string | null = null): Array<{ value: string; label: string }> {
  const all = regions.value.map(({ id, name }) => ({ value: id, label: name }));
  const likely = all.filter(({ value }) => value === first);
  return [...likely, ...all.filter(({ value }) => value !== first)];
}
