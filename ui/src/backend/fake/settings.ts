import type { Settings, SettingProblem, SettingsState } from "../wire";
import type { Handlers } from "./index";
import { failure, type World } from "./world";

type Mine = "settings_show" | "settings_save" | "diagnostics_preview" | "diagnostics_save";

function state(world: World, problems: SettingProblem[] = []): SettingsState {
  return { settings: world.settings, file: "~/.local/share/keywell/settings.json", problem: null, problems, overrides: [] };
}

/** Refusals of the real thing that a person meets most. */
function refusals(settings: Settings): SettingProblem[] {
  const range = (field: keyof Settings, least: number, most: number, none: boolean): SettingProblem[] => {
    const value = Number(settings[field]);
    if ((value === 0 && none) || (value >= least && value <= most)) return [];
    const hint = `Give a whole number from ${least} to ${most}${none ? ", or 0 for none" : ""}.`;
    return [{ field, failure: failure("settings.value", `${value} is out of range.`, "", hint) }];
  };
  return [
    ...(/^[a-z0-9][a-z0-9-]*$/.test(settings.defaultRegion)
      ? []
      : [{ field: "defaultRegion", failure: failure("region.form", `"${settings.defaultRegion}" is not a region.`, "", "A region is written like eu-west-1: lower case, with hyphens. Choose one from the list.") }]),
    ...(settings.proxy === "" || /^https?:\/\/[^@/]+$/.test(settings.proxy)
      ? []
      : [{ field: "proxy", failure: failure("settings.value", `"${settings.proxy}" is not an address.`, "", "Write it like http://proxy.example.com:3128.") }]),
    ...range("lockAfterMinutes", 1, 1440, true),
    ...range("clipboardSeconds", 5, 3600, true),
    ...range("transferParallel", 1, 8, false),
    ...range("transferKibPerSecond", 64, 10_000_000, true),
  ];
}

export const settingsHandlers: Pick<Handlers, Mine> = {
  settings_show: (world) => state(world),
  settings_save: (world, settings) => {
    const problems = refusals(settings);
    if (problems.length > 0) return { ...state(world, problems), settings };
    world.settings = settings;
    return state(world);
  },
  diagnostics_preview: (world) => ({
    text: `Keywell ${world.overview.version}, window\nsystem    linux x86_64 (Debian GNU/Linux 12)\nkeychain  ${world.overview.vault.label}\n\nProfiles (${world.overview.profiles.length})\n`,
  }),
  diagnostics_save: () => "~/Documents/keywell-diagnostics.txt",
};
