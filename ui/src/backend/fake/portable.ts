import type { DiffLine, ProfileImport } from "../wire";
import type { Handlers } from "./index";
import { remember } from "./profiles";
import { undoable } from "./run";
import { profile as makeProfile, type World } from "./world";

type Mine = "profile_export" | "profile_import_pick" | "profile_import_preview" | "profile_import";

/** What the file of the fake holds: two that are new, one that is here with another region. */
const INCOMING = [
  { name: "quay-dev", region: "eu-west-1" },
  { name: "quay-prod", region: "eu-central-1" },
  { name: "media", region: "us-east-1" },
];

function planned(world: World, replace: boolean): ProfileImport {
  const here = (name: string) => world.overview.profiles.find((row) => row.name === name);
  const added = INCOMING.filter(({ name }) => !here(name));
  const differing = INCOMING.filter(({ name, region }) => here(name) && here(name)?.region !== region);
  const unchanged = INCOMING.filter(({ name, region }) => here(name)?.region === region);
  const names = (incoming: typeof INCOMING) => incoming.map(({ name }) => name);
  const diff: DiffLine[] = [
    ...(replace ? differing : []).flatMap(({ name, region }): DiffLine[] => [
      { kind: "same", text: `[profile ${name}]` },
      { kind: "removed", text: `region = ${here(name)?.region}` },
      { kind: "added", text: `region = ${region}` },
    ]),
    ...added.flatMap(({ name, region }): DiffLine[] => ["", `[profile ${name}]`, `region = ${region}`].map((text) => ({ kind: "added", text }))),
  ];
  return {
    added: names(added),
    replaced: replace ? names(differing) : [],
    unchanged: names(unchanged),
    conflicts: replace ? [] : differing.map(({ name }) => ({ profile: name, settings: ["region"] })),
    leftOut: [],
    diff,
    version: JSON.stringify([replace, diff]),
    undo: null,
    note: null,
  };
}

export const portableHandlers: Pick<Handlers, Mine> = {
  profile_export: () => "~/keywell-profiles.txt",
  profile_import_pick: () => "/home/marta/keywell-profiles.txt",
  profile_import_preview: (world, { replace }) => planned(world, replace),
  profile_import: (world, { replace }) => {
    const back = remember(world);
    const plan = planned(world, replace);
    for (const { name, region } of INCOMING) {
      const row = world.overview.profiles.find((one) => one.name === name);
      if (!row) world.overview.profiles.push(makeProfile(name, { region, secret: "missing" }));
      else if (replace) row.region = region;
    }
    const names = [...plan.added, ...plan.replaced].join(", ");
    return { ...plan, undo: undoable(world, "Take the import back", back, { text: `Imported ${names}`, profile: names, diff: plan.diff }) };
  },
};
