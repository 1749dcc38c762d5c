import type { ProfileRow } from "../backend";

export const GROUPINGS = ["none", "own", "account", "session", "prefix"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface ProfileGroup {
  /** Empty for the profiles that are in no group. */
  name: string;
  rows: ProfileRow[];
}

/** `harbour` of `harbour-prod`; nothing for a name of one word. */
function prefix(name: string): string {
  return /^([^-_./:]+)[-_./:]./.exec(name)?.[1] ?? "";
}

function groupOf(row: ProfileRow, by: Grouping): string {
  switch (by) {
    case "none":
      return "";
    case "own":
      return row.group ?? "";
    case "account":
      return row.identity?.accountId ?? "";
    case "session":
      return row.ssoSession ?? "";
    case "prefix":
      return prefix(row.name);
  }
}

/** The profiles in groups, sorted by name; those in none come last. A prefix that only one profile has makes no group. */
export function grouped(rows: ProfileRow[], by: Grouping): ProfileGroup[] {
  const groups = new Map<string, ProfileRow[]>();
  for (const row of rows) {
    const name = groupOf(row, by);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  if (by === "prefix") {
    const alone = [...groups].filter(([name, members]) => name !== "" && members.length === 1 && !rows.some((row) => row.name === name));
    const loose = new Set(alone.map(([name]) => name));
    if (loose.size > 0) {
      groups.set("", rows.filter((row) => loose.has(prefix(row.name)) || prefix(row.name) === ""));
      for (const name of loose) groups.delete(name);
    }
  }
  return [...groups]
    .map(([name, members]) => ({ name, rows: members }))
    .sort((one, other) => Number(one.name === "") - Number(other.name === "") || one.name.localeCompare(other.name));
}
