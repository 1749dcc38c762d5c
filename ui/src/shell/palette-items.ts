import type { ProfileRow } from "../backend";
import { modifier } from "../parts/dom";
import { APPEARANCES } from "../state/appearance.svelte";
import { chooseAppearance } from "../state/keywell-settings.svelte";
import { markAndSay } from "../state/mark-production";
import { overview, profileInUse, useProfile } from "../state/overview.svelte";
import type { PaletteItem } from "../state/palette.svelte";
import { reach } from "../state/reach.svelte";
import { go } from "../state/router.svelte";
import { beginSetup } from "../state/setup-source.svelte";
import { openAndTest } from "../state/test-on-open";
import { toast, toastFailure } from "../state/toasts.svelte";
import { words } from "../words";
import { SETTINGS_SECTIONS } from "../words/settings";
import { PAGES } from "./pages";

/** What the palette always offers; views add their own with `offerActions`. */
export function standingItems(showShortcuts: () => void): PaletteItem[] {
  const rows = overview.value?.profiles ?? [];
  return [...actions(showShortcuts), ...rows.flatMap(ofProfile), ...ofAccount(), ...pages()];
}

function actions(showShortcuts: () => void): PaletteItem[] {
  return [
    { id: "set-up", group: "actions", label: words.shell.setUp, icon: "plus", keys: "N", run: () => beginSetup() },
    { id: "give-access", group: "actions", label: words.access.give, icon: "shield", run: () => go({ page: "access", bucket: "", prefix: "" }) },
    ...APPEARANCES.map(
      (choice): PaletteItem => ({
        id: `appearance-${choice}`,
        group: "actions",
        label: `${words.shell.appearance}: ${words.shell.appearanceChoice(choice)}`,
        icon: "tune",
        run: () => chooseAppearance(choice),
      }),
    ),
    { id: "shortcuts", group: "actions", label: words.shell.shortcuts, icon: "question", keys: "?", run: showShortcuts },
  ];
}

function ofProfile(row: ProfileRow): PaletteItem[] {
  const { name, production } = row;
  return [
    ...(name === overview.value?.profileInUse
      ? []
      : [
          {
            id: `use-${name}`,
            group: "actions" as const,
            label: words.shell.useProfile(name),
            icon: "user" as const,
            production,
            run: () => void useProfile(name).then(() => toast(words.shell.nowActing(name)), toastFailure),
          },
        ]),
    {
      id: `test-${name}`,
      group: "actions",
      label: words.shell.testProfile(name),
      icon: "pulse",
      production,
      run: () => openAndTest(name),
    },
    {
      id: `mark-${name}`,
      group: "actions",
      label: words.shell.markProfile(name, !production),
      icon: "shield",
      production,
      run: () => markAndSay(name, !production),
    },
    {
      id: `profile-${name}`,
      group: "profiles",
      label: name,
      note: row.identity?.name ?? row.region ?? "",
      icon: "card",
      production,
      run: () => go({ page: "profile", name }),
    },
  ];
}

/** Buckets and users of the account of the profile in use. */
function ofAccount(): PaletteItem[] {
  const production = profileInUse()?.production;
  return [
    ...reach.users.map(
      ({ name }): PaletteItem => ({ id: `user-${name}`, group: "users", label: name, icon: "user", production, run: () => go({ page: "user", user: name }) }),
    ),
    ...reach.buckets.map(
      ({ name, region }): PaletteItem => ({
        id: `bucket-${name}`,
        group: "buckets",
        label: name,
        note: region ?? "",
        icon: "bucket",
        production,
        run: () => go({ page: "bucket", bucket: name, prefix: "" }),
      }),
    ),
  ];
}

function pages(): PaletteItem[] {
  return [
    ...PAGES.map(
      ({ route, icon, label }, at): PaletteItem => ({
        id: `page-${route.page}`,
        group: "pages",
        label,
        icon,
        keys: `${modifier()} ${at + 1}`,
        run: () => go(route),
      }),
    ),
    ...SETTINGS_SECTIONS.map(
      (section): PaletteItem => ({
        id: `settings-${section}`,
        group: "pages",
        label: words.settings.jump(section),
        icon: "tune",
        run: () => go({ page: "settings", section }),
      }),
    ),
  ];
}
