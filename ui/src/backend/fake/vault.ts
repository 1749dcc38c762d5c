import type { BackupRow, PassphraseWanted, StoreState } from "../wire";
import type { Handlers } from "./index";
import { stopIfCancelled, wait } from "./run";
import { failure, type World } from "./world";

type Mine =
  | "vault_stores" | "vault_unlock" | "vault_create" | "vault_stay_locked" | "vault_lock" | "vault_move"
  | "backup_save" | "backup_pick" | "backup_open" | "backup_restore" | "backup_forget";

/** The stores of a world. */
export interface Vault {
  keychain: string[];
  file: string[];
  /** None: there is no file. */
  passphrase: string | null;
  locked: boolean;
  backup: { passphrase: string; rows: BackupRow[] } | null;
  draft: string | null;
}

export function makeVault(keys: string[]): Vault {
  return { keychain: keys, file: [], passphrase: null, locked: false, backup: null, draft: null };
}

const WRONG = failure("vault.wrong_passphrase", "The encrypted file does not open with that passphrase.", "", "Try again with the right one. Nothing was changed.");
const LOCKED = failure("vault.not_unlocked", "The encrypted file stays locked: its passphrase was not given.", "", "Try again and give its passphrase. Nothing was changed.");

/** What waits for the passphrase in this world; the real thing waits in Rust. */
const waiting = new WeakMap<World, Array<(open: boolean) => void>>();

function answer(world: World, open: boolean): void {
  for (const one of waiting.get(world)?.splice(0) ?? []) one(open);
}

async function opened(world: World, wanted: PassphraseWanted): Promise<void> {
  if (wanted === "existing" && !world.vault.locked) return;
  // As the real line to the page does, a question waits until somebody listens.
  while (!world.askPage) await new Promise((done) => setTimeout(done, 10));
  const askPage = world.askPage;
  const open = await new Promise<boolean>((done) => {
    waiting.set(world, [...(waiting.get(world) ?? []), done]);
    askPage({ passphrase: wanted });
  });
  if (!open) throw LOCKED;
}

export const vaultHandlers: Pick<Handlers, Mine> = {
  vault_stores: async (world, { prove }) => {
    const { vault } = world;
    const chosen = world.settings.store;
    if (prove && chosen === "file") await opened(world, "existing");
    if (prove) await wait(world, 0.4);
    const none: Omit<StoreState, "store" | "label"> = { path: null, isChosen: false, isThere: true, isLocked: false, isProven: false, milliseconds: null, items: null, unreadable: [], failure: null };
    const stores: StoreState[] = [
      { ...none, store: "keychain", label: world.overview.vault.label, isThere: world.overview.vault.available, failure: world.overview.vault.problem },
      { ...none, store: "file", label: "The encrypted file", path: "~/.local/share/keywell/vault.keywell", isThere: vault.passphrase !== null, isLocked: vault.locked },
    ];
    for (const store of stores) {
      store.isChosen = store.store === chosen;
      if (!prove || !store.isChosen || store.failure) continue;
      Object.assign(store, { isProven: store.isThere, milliseconds: 4, items: vault[chosen].length });
    }
    return { store: chosen, stores };
  },
  vault_unlock: (world, { passphrase }) => {
    if (passphrase !== world.vault.passphrase) throw WRONG;
    world.vault.locked = false;
    answer(world, true);
    return null;
  },
  vault_create: (world, { passphrase }) => {
    Object.assign(world.vault, { passphrase, locked: false });
    answer(world, true);
    return null;
  },
  vault_stay_locked: (world) => {
    answer(world, false);
    return null;
  },
  vault_lock: (world) => {
    world.vault.locked = true;
    return null;
  },
  vault_move: async (world, { task, to, passphrase }, emit) => {
    const { vault } = world;
    if (passphrase !== null) Object.assign(vault, { passphrase, locked: false });
    await opened(world, "existing");
    const from = to === "file" ? "keychain" : "file";
    const moved = vault[from];
    for (const stage of ["copying", "deleting"] as const) {
      for (const done of moved.keys()) {
        if (stage === "copying") stopIfCancelled(world, task);
        emit({ stage, done, all: moved.length });
        await wait(world, 0.2);
      }
    }
    vault[to] = [...vault[to], ...moved];
    vault[from] = [];
    world.settings = { ...world.settings, store: to };
    return { store: to, moved, leftBehind: [] };
  },
  backup_save: async (world, { passphrase }) => {
    const { store } = world.settings;
    if (store === "file") await opened(world, "existing");
    const items = world.vault[store];
    world.vault.backup = { passphrase, rows: items.map((keyId) => ({ keyId, profile: "harbour-dev", what: "same" })) };
    return { path: "~/Documents/keywell.backup", items, unreadable: [] };
  },
  backup_pick: () => "/home/marta/Documents/keywell.backup",
  backup_open: (world, { passphrase }) => {
    const backup = world.vault.backup ?? { passphrase: "horse", rows: [] };
    if (passphrase !== backup.passphrase) throw WRONG;
    world.vault.draft = "backup-0";
    return { draft: "backup-0", rows: backup.rows };
  },
  backup_restore: (world, { draft, replace }) => {
    if (world.vault.draft !== draft) throw failure("setup.draft_gone", "This backup is not open any more.", "", "Open it again.");
    world.vault.draft = null;
    const rows = world.vault.backup?.rows ?? [];
    return { stored: rows.filter(({ what }) => what === "add" || (replace && what === "replace")).length };
  },
  backup_forget: (world) => {
    world.vault.draft = null;
    return null;
  },
};
