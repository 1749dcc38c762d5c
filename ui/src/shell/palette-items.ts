import { APPEARANCES, chooseAppearance } from "../state/appearance.svelte";
import { overview, useProfile } from "../state/overview.svelte";
import type { PaletteItem } from "../state/palette.svelte";
import { go } from "../state/router.svelte";
import { beginSetup } from "../state/setup-source.svelte";
import { toast, toastFailure } from "../state/toasts.svelte";
import { words } from "../words";
import { PAGES } from "./pages";

/** What the palette always offers; views add their own with `offerActions`. */
export function standingItems(showShortcuts: () => void): PaletteItem[] {
  const rows = overview.value?.profiles ?? [];
  return [
    {
      id: "set-up",
      group: "actions",
      label: words.shell.setUp,
      icon: "plus",
      keys: "N",
      run: () => beginSetup(),
    },
    ...rows
      .filter((row) => row.name !== overview.value?.profileInUse)
      .map(
        (row): PaletteItem => ({
          id: `use-${row.name}`,
          group: "actions",
          label: words.shell.useProfile(row.name),
          icon: "user",
          run: () => {
            useProfile(row.name).then(() => toast(words.shell.nowActing(row.name)), toastFailure);
          },
        }),
      ),
    ...APPEARANCES.map(
      (choice): PaletteItem => ({
        id: `appearance-${choice}`,
        group: "actions",
        label: `${words.shell.appearance}: ${words.shell.appearanceChoice(choice)}`,
        icon: "tune",
        run: () => chooseAppearance(choice),
      }),
    ),
    {
      id: "shortcuts",
      group: "actions",
      label: words.shell.shortcuts,
      icon: "question",
      keys: "?",
      run: showShortcuts,
    },
    ...rows.map(
      (row): PaletteItem => ({
        id: `profile-${row.name}`,
        group: "profiles",
        label: row.name,
        note: row.identity?.name ?? row.region ?? "",
        icon: "card",
        run: () => go({ page: "profile", name: row.name }),
      }),
    ),
    ...PAGES.map(
      ({ route, icon, label }, at): PaletteItem => ({
        id: `page-${route.page}`,
        group: "pages",
        label,
        icon,
        keys: `Ctrl ${at + 1}`,
        run: () => go(route),
      }),
    ),
  ];
}
