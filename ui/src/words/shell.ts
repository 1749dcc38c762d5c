import type { Appearance } from "../state/appearance.svelte";
import type { PaletteGroup } from "../state/palette.svelte";

const APPEARANCE: Record<Appearance, string> = {
  system: "As the system",
  light: "Light",
  dark: "Dark",
  contrast: "High contrast",
};

const GROUPS: Record<PaletteGroup, string> = {
  actions: "Actions",
  profiles: "Profiles",
  buckets: "Buckets",
  pages: "Pages",
};

export const shellWords = {
  navigation: "Main",
  profiles: "Profiles",
  keys: "Keys",
  buckets: "Buckets",
  transfers: "Transfers",
  setUp: "Set up a key",
  search: "Search or jump",
  searchHint: "An action, a profile, a page",
  nothing: "Nothing fits. Try a profile’s name, or a verb such as “set up”.",
  group: (group: PaletteGroup) => GROUPS[group],
  paletteMove: "choose",
  paletteDo: "do it",
  paletteShortcuts: "all shortcuts",
  inUse: "Profile in use",
  noProfile: "No profile in use",
  noProfileHint: "Choose one, or set up a key",
  switchTo: "Act as",
  notTested: "Not tested yet",
  practice: "Practice account",
  openProfile: (name: string) => `Open ${name}`,
  useProfile: (name: string) => `Act as ${name}`,
  nowActing: (name: string) => `Now acting as ${name}`,
  appearance: "Appearance",
  appearanceChoice: (choice: Appearance) => APPEARANCE[choice],
  shortcuts: "Keyboard shortcuts",
  keychain: (label: string) => `${label} is ready`,
  noKeychain: "No keychain",
  reading: "Reading ~/.aws",
  skip: "Skip to the page",
  drop: "Drop to continue",
  dropCsv: (file: string) => `Set up the key in ${file}`,
  dropNothing: "This page takes no such file. A console’s .csv can be dropped anywhere.",
  brokenTitle: "This page ran into a fault",
  goHome: "Go to the profiles",
  nowhere: "There is no such page",
  nowhereHint: "The address leads nowhere. The profiles are a good place to go on from.",
  production: "Production",
  mark: "Mark as production",
  unmark: "Not production any more",
  markProfile: (name: string, production: boolean) => (production ? `Mark ${name} as production` : `Take the production mark off ${name}`),
  marked: (name: string, production: boolean) => (production ? `${name} is marked as production` : `${name} is not marked as production any more`),
  shortcutGroups: [
    {
      title: "Everywhere",
      rows: [
        { keys: ["Mod", "K"], does: "Search or jump" },
        { keys: ["N"], does: "Set up a key" },
        { keys: ["Mod", "1"], does: "Profiles, and 2, 3, 4 for the next pages" },
        { keys: ["Mod", "Z"], does: "Undo what a message offers to undo" },
        { keys: ["?"], does: "Keyboard shortcuts" },
      ],
    },
    {
      title: "In a list",
      rows: [
        { keys: ["/"], does: "Filter" },
        { keys: ["↑", "↓"], does: "Move" },
        { keys: ["Enter"], does: "Open" },
        { keys: ["Space"], does: "Select, where more than one can be" },
        { keys: ["Home", "End"], does: "First and last" },
      ],
    },
    {
      title: "In a bucket",
      rows: [
        { keys: ["Shift", "↓"], does: "Select several" },
        { keys: ["Mod", "A"], does: "Select all that is listed" },
        { keys: ["Backspace"], does: "One folder up" },
        { keys: ["Del"], does: "Delete what is selected, after a question" },
      ],
    },
  ],
};
