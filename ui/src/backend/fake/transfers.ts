import type { TransferRow } from "../wire";
import type { Handlers } from "./index";
import { wait } from "./run";
import { failure, type World } from "./world";

type Mine = "upload" | "download" | "transfers_watch" | "transfer_cancel" | "transfers_clear";

const ENDED = new Set(["done", "failed", "cancelled", "skipped"]);

function begin(world: World, change: Partial<TransferRow>): TransferRow {
  const row: TransferRow = {
    id: `transfer-${world.transfers.length + 1}`,
    direction: "upload",
    state: "waiting",
    name: "",
    profile: "default",
    bucket: "",
    key: "",
    path: "",
    bytesDone: 0,
    bytesTotal: 64_000_000,
    bytesPerSecond: 0,
    checksum: null,
    failure: null,
    started: null,
    ended: null,
    ...change,
  };
  world.transfers.push(row);
  return row;
}

/** Moves everything one tick on. A name with "fail" fails half way. */
function tick(world: World): void {
  for (const row of world.transfers) {
    if (ENDED.has(row.state)) continue;
    row.started ??= new Date().toISOString();
    if (row.state === "checking") {
      row.state = "done";
      row.checksum = "CRC64NVME 8f1c…";
      row.ended = new Date().toISOString();
      if (row.direction === "upload") {
        const objects = (world.objects[row.bucket] ??= []);
        const old = objects.findIndex((one) => one.key === row.key);
        if (old >= 0) objects.splice(old, 1);
        objects.push({ key: row.key, size: row.bytesTotal, modified: row.ended, storageClass: "STANDARD" });
      }
      continue;
    }
    row.state = "running";
    row.bytesPerSecond = 21_000_000;
    row.bytesDone = Math.min(row.bytesTotal, row.bytesDone + 5_250_000);
    if (row.name.includes("fail") && row.bytesDone > row.bytesTotal / 2) {
      row.state = "failed";
      row.failure = failure("transfer.file_changed", "The file changed while it was read.", "Another program wrote to it.", "Upload it again.");
      row.ended = new Date().toISOString();
    } else if (row.bytesDone === row.bytesTotal) row.state = "checking";
  }
}

export const transferHandlers: Pick<Handlers, Mine> = {
  upload: async (world, { profile, bucket, prefix, paths, onConflict }) => {
    const sources = paths.length > 0 ? paths : ["/home/marta/Pictures/quay.jpg", "/home/marta/Pictures/harbour.jpg"];
    if (paths.length === 0) await wait(world, 0.5);
    const isTaken = (name: string) => world.objects[bucket]?.some((one) => one.key === prefix + name) ?? false;
    const named = sources.map((path) => ({ path, name: path.split(/[\\/]/).at(-1) ?? path }));
    const taken = named.filter(({ name }) => isTaken(name)).map(({ name }) => name);
    if (taken.length > 0 && onConflict === "ask") return { transfers: [], conflicts: taken, sources, directory: null };
    const transfers = named.map(({ path, name }) => {
      const state = onConflict === "skip" && isTaken(name) ? "skipped" : "waiting";
      const free = onConflict === "keepBoth" && isTaken(name) ? name.replace(/(\.[^.]*)?$/, " (2)$1") : name;
      return begin(world, { profile, bucket, path, name: free, key: prefix + free, state }).id;
    });
    return { transfers, conflicts: [], sources, directory: null };
  },
  download: (world, { profile, bucket, prefix, keys, folders, directory: asked }) => {
    const directory = asked ?? "/home/marta/Downloads";
    const wanted = (world.objects[bucket] ?? []).filter((one) => keys.includes(one.key) || folders.some((folder) => one.key.startsWith(folder)));
    const transfers = wanted.map(({ key, size }) => {
      const name = key.slice(prefix.length);
      return begin(world, { direction: "download", profile, bucket, key, name, path: `${directory}/${name}`, bytesTotal: size }).id;
    });
    return { transfers, conflicts: [], sources: [], directory };
  },
  transfers_watch: async (world, { task }, emit) => {
    while (!world.cancelled.has(task)) {
      tick(world);
      emit({ transfers: world.transfers });
      await wait(world, 0.25);
    }
    return null;
  },
  transfer_cancel: (world, { id }) => {
    const row = world.transfers.find((one) => one.id === id);
    if (row && !ENDED.has(row.state)) row.state = "cancelled";
    return null;
  },
  transfers_clear: (world) => {
    world.transfers = world.transfers.filter((row) => !ENDED.has(row.state));
    return null;
  },
};
