import { asFailure, backend, type Failure, type Overview, type ProfileRow } from "../backend";

/** What the whole page stands on: profiles, the one in use, the keychain, the practice account. */
export const overview = $state<{ value: Overview | null; failure: Failure | null; stopped: boolean }>({
  value: null,
  failure: null,
  /** The person did not want to wait any longer for the first one. */
  stopped: false,
});

let newest = 0;

/** Reads it again; what is shown stays until the answer is there. Never rejects. */
export async function refreshOverview(): Promise<void> {
  newest += 1;
  const mine = newest;
  overview.stopped = false;
  try {
    const value = await backend.call("overview", null);
    if (mine !== newest) return;
    overview.value = value;
    overview.failure = null;
  } catch (thrown) {
    if (mine === newest) overview.failure = asFailure(thrown);
  }
}

/** Waits no longer for the first one; an answer that still comes is dropped. */
export function stopOverview(): void {
  newest += 1;
  overview.stopped = true;
}

/** The profile that Keys, Buckets and Transfers act as. */
export function profileInUse(): ProfileRow | null {
  const value = overview.value;
  return value?.profiles.find((row) => row.name === value.profileInUse) ?? null;
}

/** Marks a profile as one of production, or takes the mark away. Shown at once; the old state comes back when that fails. */
export async function markProduction(name: string, production: boolean): Promise<void> {
  const set = (value: boolean) => {
    const row = overview.value?.profiles.find((one) => one.name === name);
    if (row) row.production = value;
  };
  set(production);
  try {
    await backend.call("profile_mark", { profile: name, production });
  } catch (thrown) {
    set(!production);
    throw thrown;
  }
}

/** Shown at once, then stored; the old one comes back when that fails. */
export async function useProfile(name: string): Promise<void> {
  const before = overview.value?.profileInUse ?? null;
  if (overview.value) overview.value.profileInUse = name;
  try {
    await backend.call("profile_use", { profile: name });
  } catch (thrown) {
    if (overview.value) overview.value.profileInUse = before;
    throw thrown;
  }
}
