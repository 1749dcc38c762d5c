import { waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";

import { failure, type World } from "../src/backend/fake/world";
import { keywellSettings } from "../src/state/keywell-settings.svelte";
import { passphrase } from "../src/state/passphrase.svelte";
import { toasts } from "../src/state/toasts.svelte";
import { words } from "../src/words";
import { backend, called, choose, click, gone, hook, open as openPage, there } from "./page";

const shown = (name: string) => waitFor(() => expect(hook<HTMLDialogElement>(name)?.open).toBe(true));
const closed = (name: string) => waitFor(() => expect(hook<HTMLDialogElement>(name)?.open).toBe(false));
const said = (name: string) => there(name).then((element) => element.textContent);

/** Types into a field that nothing is bound to. */
async function type(name: string, value: string): Promise<void> {
  (await there<HTMLInputElement>(name)).value = value;
}

function open(change: (world: World) => void = () => undefined): void {
  change(backend.world);
  openPage("#/settings");
}

const withFile = (world: World) => {
  Object.assign(world.vault, { keychain: [], file: ["AKIAPRACTICE00000001"], passphrase: "horse", locked: true });
  world.settings = { ...world.settings, store: "file" };
};

beforeEach(() => {
  keywellSettings.clear();
  passphrase.wanted = null;
});

test("what needs the locked file waits for its passphrase, and a wrong one is told at an empty field", async () => {
  open(withFile);
  expect(await said("store-file-state")).toBe(words.vault.locked);
  await click("vault-prove");
  await shown("passphrase-dialog");
  await type("passphrase-field", "Horse");
  await click("passphrase-run");
  await waitFor(() => expect(hook("passphrase-dialog")?.textContent).toContain("does not open with that passphrase"));
  expect((hook("passphrase-field") as HTMLInputElement).value).toBe("");
  await click("passphrase-run");
  await waitFor(() => expect(hook("passphrase-dialog")?.textContent).toContain(words.vault.passphrase.empty));
  await type("passphrase-field", "horse");
  await click("passphrase-run");
  await closed("passphrase-dialog");
  await click("vault-prove");
  await waitFor(() => expect(hook("store-file-state")?.textContent).toContain(words.vault.proven(4)));
  expect(called("vault_unlock")).toEqual([{ passphrase: "Horse" }, { passphrase: "horse" }]);
  expect(called("vault_stay_locked")).toEqual([]);
  // It is in no state of the page.
  expect(JSON.stringify([{ ...passphrase }, keywellSettings.value])).not.toContain("horse");
});

test("who keeps it locked is told what that means for what was asked", async () => {
  open(withFile);
  await click("vault-prove");
  await shown("passphrase-dialog");
  await click("passphrase-stay");
  await closed("passphrase-dialog");
  await waitFor(() => expect(document.querySelector('[data-code="vault.not_unlocked"]')).not.toBeNull());
  expect(called("vault_stay_locked")).toEqual([null]);
});

test("the file is unlocked and locked by hand", async () => {
  open(withFile);
  await click("vault-unlock");
  await shown("passphrase-dialog");
  await type("passphrase-field", "horse");
  await click("passphrase-run");
  await click("vault-lock");
  await there("vault-unlock");
  expect(await said("store-file-state")).toBe(words.vault.locked);
});

test("everything moves into a new file under a passphrase that is typed twice", async () => {
  open();
  await click("vault-move-open");
  await shown("vault-move");
  await type("passphrase-new", "horse");
  await type("passphrase-again", "hose");
  await click("vault-move-run");
  await waitFor(() => expect(hook("vault-move")?.textContent).toContain(words.vault.passphrase.differ));
  expect(called("vault_move")).toEqual([]);
  await type("passphrase-new", "horse");
  await type("passphrase-again", "horse");
  await click("vault-move-run");
  expect(await said("vault-moved")).toContain(words.vault.move.done(3, "file"));
  await click("vault-move-close");
  await waitFor(() => expect(keywellSettings.value?.settings.store).toBe("file"));
  expect(backend.world.vault).toMatchObject({ keychain: [], locked: false });
});

test("a move can be stopped while it copies, and has changed nothing then", async () => {
  open();
  let stop: (() => void) | undefined;
  backend.on("vault_move", async (world, { task }, emit) => {
    emit({ stage: "copying", done: 1, all: 3 });
    await new Promise<void>((done) => (stop = done));
    if (world.cancelled.has(task)) throw failure("task.cancelled", "Cancelled.");
    throw failure("vault.timed_out", "It went on.");
  });
  await click("vault-move-open");
  await type("passphrase-new", "horse");
  await type("passphrase-again", "horse");
  await click("vault-move-run");
  await waitFor(() => expect(hook("vault-moving")?.textContent).toContain(words.vault.move.progress(1, 3)));
  await click("vault-move-stop");
  await waitFor(() => expect(backend.world.cancelled.size).toBe(1));
  stop?.();
  await there("vault-move-run");
  expect(hook("vault-move")?.querySelector('[data-test="error"]')).toBeNull();
});

test("a backup is made and restored with its own passphrase, and what differs only when told to", async () => {
  open();
  await click("backup-open");
  await type("passphrase-new", "sesame");
  await type("passphrase-again", "sesame");
  await click("backup-run");
  await waitFor(() => expect(toasts.shown.at(-1)?.text).toBe(words.vault.backup.done(3, "~/Documents/keywell.backup")));
  await closed("backup");
  const [first, second] = backend.world.vault.backup?.rows ?? [];
  Object.assign(first ?? {}, { what: "add" });
  Object.assign(second ?? {}, { what: "replace" });
  await click("restore-open");
  await shown("restore");
  await type("restore-passphrase", "wrong");
  await click("restore-run");
  await waitFor(() => expect(hook("restore")?.textContent).toContain("does not open with that passphrase"));
  await type("restore-passphrase", "sesame");
  await click("restore-run");
  await there("restore-rows");
  expect(hook("restore-run")?.textContent).toContain(words.vault.restore.run(1));
  await click("restore-replace");
  await waitFor(() => expect(hook("restore-run")?.textContent).toContain(words.vault.restore.run(2)));
  await click("restore-run");
  await waitFor(() => expect(toasts.shown.at(-1)?.text).toBe(words.vault.restore.done(2)));
  await gone("restore-rows");
});

test("a backup that is not restored is forgotten", async () => {
  open();
  await click("restore-open");
  await type("restore-passphrase", "horse");
  await click("restore-run");
  await there("restore-rows");
  await click("restore-cancel");
  await waitFor(() => expect(called("backup_forget")).toEqual([{ draft: "backup-0" }]));
});

test("how long the encrypted file stays open can be set wherever there is one, whatever the setting names", async () => {
  open((world) => {
    withFile(world);
    world.settings = { ...world.settings, store: "keychain" };
  });
  await there("settings-lock");
});

test("without an encrypted file nothing asks how long it stays open", async () => {
  open();
  await there("store-file");
  expect(hook("settings-lock")).toBeNull();
});

test("the store that was chosen is the one that is said to keep new secrets", async () => {
  open();
  await waitFor(() => expect(hook("store-keychain")?.textContent).toContain(words.vault.chosen));
  await choose("settings-store", "file");
  await waitFor(() => expect(hook("store-file")?.textContent).toContain(words.vault.chosen));
  expect(hook("store-keychain")?.textContent).not.toContain(words.vault.chosen);
});
