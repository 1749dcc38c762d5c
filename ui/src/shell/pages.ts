import type { IconName } from "../parts/icons";
import type { Route } from "../state/route";
import { words } from "../words";

export interface PageEntry {
  route: Route;
  icon: IconName;
  label: string;
}

/** The side bar, top to bottom. Control 1, 2, … go to them in this order. */
export const PAGES: PageEntry[] = [
  { route: { page: "profiles" }, icon: "card", label: words.shell.profiles },
  { route: { page: "keys" }, icon: "key", label: words.shell.keys },
  { route: { page: "buckets" }, icon: "bucket", label: words.shell.buckets },
  { route: { page: "transfers" }, icon: "transfer", label: words.shell.transfers },
  { route: { page: "health" }, icon: "pulse", label: words.shell.health },
  { route: { page: "settings", section: "" }, icon: "tune", label: words.shell.settings },
];
