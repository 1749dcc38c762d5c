import type { SectionKind } from "../backend";
import { plural } from "./plural";

const KIND: Record<SectionKind, string> = { ssoSession: "sso-session", services: "services" };

const WHAT: Record<SectionKind, string> = { ssoSession: "A sign-in session of IAM Identity Center", services: "Endpoints by service" };

/** The sections of the config file that profiles refer to by name. */
export const sectionWords = {
  open: "Shared sections…",
  title: "Shared sections",
  text: "Sections of the config file that several profiles can name: sign-in sessions, and endpoints by service.",
  reading: "Reading the config file",
  none: "No shared sections",
  noneText: "The config file has no sso-session and no services section.",
  kind: KIND,
  what: WHAT,
  usedBy: (profiles: string[]) => (profiles.length === 0 ? "No profile names it" : profiles.length <= 3 ? `Named by ${profiles.join(", ")}` : `Named by ${profiles.slice(0, 2).join(", ")} and ${profiles.length - 2} more`),
  rename: "Rename…",
  remove: "Remove…",
  renameOf: (section: string) => `Rename ${section}`,
  removeOf: (section: string) => `Remove ${section}`,
  back: "Back to the list",
  newName: "New name",
  follow: (profiles: number) => (profiles === 0 ? "No profile names it." : `${plural(profiles, "profile names", "profiles name")} it, and will follow.`),
  successor: "Its profiles name from then on",
  needsSuccessor: (profiles: string[]) => `${profiles.join(", ")} ${profiles.length === 1 ? "names" : "name"} it. Another section has to take its place.`,
  noSuccessor: "There is no other section of this kind that could take its place. Take it out of those profiles first.",
  looking: "Looking at what would change",
  change: (file: string) => `${file}, what this changes`,
  runRename: "Rename",
  runRemove: "Remove",
  renamed: (from: string, to: string) => `Renamed ${from} to ${to}`,
  removed: (section: string) => `Removed ${section}`,
};
