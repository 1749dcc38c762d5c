import { asFailure, backend, type Failure, type SettingProblem, type Settings, type SettingsState } from "../backend";
import { showAppearance, type Appearance } from "./appearance.svelte";
import { Remote } from "./remote.svelte";
import { toastFailure } from "./toasts.svelte";

/** What a person chose for Keywell itself; a value that was refused stays in it, with the reason in `problems`. */
export const keywellSettings = new Remote<SettingsState>();

/** Why the last save failed as a whole. */
export const saving = $state<{ failure: Failure | null }>({ failure: null });

/** What Rust has stored. Saves build on it, so that one refused field holds up no other. */
let stored: Settings | null = null;
let refused: Partial<Settings> = {};
let problems: SettingProblem[] = [];

/** Saves go one after the other. */
let last: Promise<void> = Promise.resolve();

async function show(): Promise<SettingsState> {
  const state = await backend.call("settings_show", null);
  stored = state.settings;
  refused = {};
  problems = state.problems;
  return state;
}

/** Reads them, and shows the appearance that the command line may have chosen. Never rejects. */
export async function readSettings(): Promise<void> {
  await keywellSettings.load(show);
  if (keywellSettings.value) showAppearance(keywellSettings.value.settings.appearance);
}

async function save(change: Partial<Settings>): Promise<void> {
  const before = stored ?? (await show()).settings;
  const answer = await backend.call("settings_save", { ...before, ...change });
  problems = [...problems.filter(({ field }) => !(field in change)), ...answer.problems];
  if (answer.problems.length > 0) refused = { ...refused, ...change };
  else {
    stored = answer.settings;
    refused = Object.fromEntries(Object.entries(refused).filter(([field]) => !(field in change)));
  }
  keywellSettings.value = { ...answer, settings: { ...(stored ?? before), ...refused }, problems };
}

/** Saves some of them; shown at once. Never rejects: see `saving` and `problems`. */
export function saveSettings(change: Partial<Settings>): Promise<void> {
  const shown = keywellSettings.value;
  if (shown) keywellSettings.value = { ...shown, settings: { ...shown.settings, ...change } };
  last = last.then(async () => {
    try {
      await save(change);
      saving.failure = null;
    } catch (thrown) {
      saving.failure = asFailure(thrown);
    }
  });
  return last;
}

/** Ends when what was changed until now is saved, or refused; for what asks Rust about what they decide. Never rejects. */
export function settingsSaved(): Promise<void> {
  return last;
}

/** Shows it at once, and saves it. */
export function chooseAppearance(appearance: Appearance): void {
  showAppearance(appearance);
  void saveSettings({ appearance }).then(() => {
    if (saving.failure) toastFailure(saving.failure);
  });
}
