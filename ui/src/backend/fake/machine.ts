import type { Handlers } from "./index";
import type { DiffLine } from "../wire";
import { stopIfCancelled, undoable, wait } from "./run";
import { failure, type World } from "./world";

type Mine =
  | "overview" | "regions" | "task_cancel" | "undo" | "history_list" | "history_show" | "clipboard_copy" | "console_open"
  | "downloads_watch" | "page_shown" | "requests_watch" | "practice_start" | "practice_stop" | "csv_pick" | "csv_delete";

const REGIONS: Array<[string, string]> = [
  ["eu-north-1", "Stockholm"],
  ["eu-central-1", "Frankfurt"],
  ["eu-west-1", "Ireland"],
  ["eu-west-2", "London"],
  ["eu-west-3", "Paris"],
  ["eu-south-1", "Milan"],
  ["us-east-1", "N. Virginia"],
  ["us-east-2", "Ohio"],
  ["us-west-1", "N. California"],
  ["us-west-2", "Oregon"],
  ["ca-central-1", "Montreal"],
  ["sa-east-1", "São Paulo"],
  ["ap-northeast-1", "Tokyo"],
  ["ap-southeast-1", "Singapore"],
  ["ap-southeast-2", "Sydney"],
  ["ap-south-1", "Mumbai"],
];

async function untilCancelled(world: World, task: string): Promise<void> {
  while (!world.cancelled.has(task)) await wait(world, 0.2);
}

export const machineHandlers: Pick<Handlers, Mine> = {
  overview: (world) => world.overview,
  regions: () => REGIONS.map(([id, name]) => ({ id, name })),
  task_cancel: (world, { task }) => {
    world.cancelled.add(task);
    world.endings[task]?.();
    return null;
  },
  undo: (world, { token }) => {
    const known = world.history.find(({ entry }) => entry.id === token);
    const back = world.undo[token];
    if (!back || !known) throw failure("undo.gone", "This change can not be undone any more.", "", "See what can: keywell profile history");
    if (known.conflict) return { change: null, conflict: known.conflict };
    const again = structuredClone({ profiles: world.overview.profiles, profileInUse: world.overview.profileInUse });
    delete world.undo[token];
    back();
    known.entry.state = "undone";
    const diff = known.diff.map((line) => ({ ...line, kind: { same: "same", added: "removed", removed: "added" }[line.kind] as DiffLine["kind"] }));
    const undo = undoable(world, known.entry.text, () => Object.assign(world.overview, again), { text: `Undid: ${known.entry.text}`, profile: known.entry.profile, diff, undoes: token });
    return { change: { profile: known.entry.profile, diff, undo, note: null }, conflict: null };
  },
  history_list: (world) => world.history.map(({ entry }) => entry),
  history_show: (world, { id }) => {
    const known = world.history.find(({ entry }) => entry.id === id);
    if (!known) throw failure("undo.gone", "This change can not be undone any more.", "", "See what can: keywell profile history");
    return known;
  },
  clipboard_copy: async (_, { text }) => {
    await navigator.clipboard?.writeText(text).catch(() => undefined);
    return null;
  },
  console_open: () => null,
  downloads_watch: async (world, { task }, emit) => {
    await wait(world, 4);
    stopIfCancelled(world, task);
    emit({ path: "/home/marta/Downloads/marta_accessKeys.csv", fileName: "marta_accessKeys.csv" });
    await untilCancelled(world, task);
    return null;
  },
  page_shown: () => null,
  requests_watch: (world, _, emit) => {
    world.askPage = emit;
    return null;
  },
  practice_start: async (world) => {
    await wait(world, 0.8);
    world.overview.practice = {
      running: true,
      exists: true,
      endpointUrl: "http://127.0.0.1:4566",
      csvPath: "/home/marta/.local/share/keywell/practice/admin_accessKeys.csv",
    };
    return world.overview.practice;
  },
  practice_stop: (world) => {
    world.overview.practice.running = false;
    return world.overview.practice;
  },
  csv_pick: async (world) => {
    await wait(world, 0.4);
    return "/home/marta/Downloads/marta_accessKeys.csv";
  },
  csv_delete: () => null,
};
