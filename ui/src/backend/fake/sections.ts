import type { DiffLine, SectionRequest, SharedSection } from "../wire";
import type { Handlers } from "./index";
import { remember } from "./profiles";
import { undoable } from "./run";
import { failure, type World } from "./world";

type Mine = "section_list" | "section_preview" | "section_change";

const HEAD = { ssoSession: "sso-session", services: "services" } as const;
const SETTING = { ssoSession: "sso_session", services: "services" } as const;

function all(world: World): SharedSection[] {
  return world.sections.map(({ kind, name }) => ({
    kind,
    name,
    usedBy: kind === "ssoSession" ? world.overview.profiles.filter((row) => row.ssoSession === name).map((row) => row.name) : [],
  }));
}

function diffOf(world: World, { kind, name, change }: SectionRequest): DiffLine[] {
  const section = all(world).find((one) => one.kind === kind && one.name === name);
  if (!section) throw failure("profile.missing", `There is no [${HEAD[kind]} ${name}] in the config file.`, "", "Look at the list again.");
  const to = change.kind === "rename" ? change.to : change.successor;
  if (change.kind === "rename" && world.sections.some((one) => one.kind === kind && one.name === to)) throw failure("files.edit", `There is a section [${HEAD[kind]} ${to}] already.`, "", "Choose another name.");
  const head: DiffLine[] = [
    { kind: "removed", text: `[${HEAD[kind]} ${name}]` },
    ...(change.kind === "rename" ? [{ kind: "added" as const, text: `[${HEAD[kind]} ${to}]` }] : []),
  ];
  return [
    ...head,
    ...section.usedBy.flatMap((profile): DiffLine[] => [
      { kind: "same", text: `[profile ${profile}]` },
      { kind: "removed", text: `${SETTING[kind]} = ${name}` },
      { kind: "added", text: `${SETTING[kind]} = ${to}` },
    ]),
  ];
}

export const sectionHandlers: Pick<Handlers, Mine> = {
  section_list: (world) => all(world),
  section_preview: (world, request) => {
    const diff = diffOf(world, request);
    return { diff, version: JSON.stringify(diff) };
  },
  section_change: (world, { request }) => {
    const diff = diffOf(world, request);
    const back = remember(world);
    const { kind, name, change } = request;
    const to = change.kind === "rename" ? change.to : change.successor;
    world.sections = world.sections.flatMap((one) => (one.kind !== kind || one.name !== name ? [one] : change.kind === "rename" ? [{ kind, name: change.to }] : []));
    if (kind === "ssoSession") for (const row of world.overview.profiles) if (row.ssoSession === name) row.ssoSession = to;
    const text = change.kind === "rename" ? `Renamed ${name} to ${change.to}` : `Removed ${name}`;
    return { profile: name, diff, undo: undoable(world, `Bring ${name} back`, back, { text, profile: name, diff }), note: null };
  },
};
