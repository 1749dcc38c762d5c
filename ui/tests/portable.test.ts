import { fireEvent, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";

import { overview } from "../src/state/overview.svelte";
import { toasts } from "../src/state/toasts.svelte";
import { backend, called, click, hook, isOff, open, there } from "./page";

const last = (command: string) => called(command).at(-1) as Record<string, unknown>;

/** Clicks what may be clicked by then. */
async function press(name: string): Promise<void> {
  await waitFor(async () => expect(await isOff(name)).toBe(false));
  await click(name);
}

async function undo(): Promise<void> {
  await waitFor(() => expect(toasts.shown[0]?.action?.undoes).toBe(true));
  await toasts.shown[0]!.action!.run();
}

/** The page of profiles, and an entry of its menu. */
async function look(world: "full" | "fresh", entry: string): Promise<void> {
  open("#/profiles", world);
  await waitFor(() => expect(overview.value).not.toBeNull());
  await press("profiles-more");
  await press(entry);
}

test("all profiles or chosen ones are exported, and where keys travel is said", async () => {
  await look("full", "profiles-export");
  const dialog = await there("profile-export-dialog");
  expect(dialog.textContent).toContain("keywell vault backup");
  await fireEvent.click(hook("profile-export-media")!);
  await press("profile-export-run");
  const names = backend.world.overview.profiles.map(({ name }) => name);
  await waitFor(() => expect(last("profile_export")).toEqual({ profiles: names.filter((name) => name !== "media") }));
  await waitFor(() => expect(toasts.shown[0]?.text).toContain("~/keywell-profiles.txt"));
});

test("an export of nothing can not be begun, and a closed dialog says nothing", async () => {
  await look("full", "profiles-export");
  await there("profile-export-dialog");
  await fireEvent.click(hook("profile-export-all")!);
  expect((hook("profile-export-run") as HTMLButtonElement).disabled).toBe(true);
  await fireEvent.click(hook("profile-export-all")!);
  backend.on("profile_export", () => null);
  await press("profile-export-run");
  await waitFor(() => expect(last("profile_export")).toBeDefined());
  expect(hook("profile-export-run")).not.toBeNull();
  expect(toasts.shown).toEqual([]);
});

test("an import is shown before it is done, does what was shown, and the toast takes it back", async () => {
  await look("full", "profiles-import");
  const before = backend.world.overview.profiles.length;
  await press("profile-import-choose");
  expect((await there("profile-import-added")).textContent).toContain("quay-prod");
  expect(hook("profile-import-conflicts")?.textContent).toContain("differs in region");
  expect(document.querySelector("figure")?.textContent).not.toContain("us-east-1");
  expect(last("profile_import")).toBeUndefined();

  await fireEvent.click(hook("profile-import-replace")!);
  await waitFor(() => expect(hook("profile-import-replaced")?.textContent).toContain("media"));
  expect(document.querySelector("figure")?.textContent).toContain("region = us-east-1");
  expect(backend.world.overview.profiles.length).toBe(before);

  await press("profile-import-run");
  await waitFor(() => expect(last("profile_import")).toMatchObject({ replace: true, version: expect.stringContaining("us-east-1") }));
  await waitFor(() => expect(backend.world.overview.profiles.length).toBe(before + 2));
  await undo();
  await waitFor(() => expect(backend.world.overview.profiles.length).toBe(before));
});

test("an import of what is here already has nothing to do, and a file that is none is said in words", async () => {
  await look("full", "profiles-import");
  backend.on("profile_import_preview", () => ({ added: [], replaced: [], unchanged: ["media"], conflicts: [], leftOut: [], diff: [], version: "", undo: null, note: null }));
  await press("profile-import-choose");
  await there("profile-import-nothing");
  expect((hook("profile-import-run") as HTMLButtonElement).disabled).toBe(true);
  backend.on("profile_import_preview", () => Promise.reject({ code: "files.edit", message: "Line 3: The line has no equals sign.", cause: "", hint: "Take the file as it was exported." }));
  await press("profile-import-another");
  expect((await there("error")).textContent).toContain("Line 3");
});

test("what another program changed between the look and the import stops it and is shown anew", async () => {
  await look("full", "profiles-import");
  backend.on("profile_import", () => Promise.reject({ code: "files.changed", message: "~/.aws/config was changed by another program meanwhile.", cause: "", hint: "" }));
  await press("profile-import-choose");
  await there("profile-import-added");
  const looks = () => backend.calls.filter(({ command }) => command === "profile_import_preview").length;
  const looked = looks();
  await press("profile-import-run");
  expect((await there("error")).textContent).toContain("meanwhile");
  await waitFor(() => expect(looks()).toBe(looked + 1));
});

test("a section is renamed after its difference was shown, with the profiles that name it", async () => {
  await look("full", "profiles-sections");
  expect((await there("section-ssoSession-harbour")).textContent).toContain("Named by staging");
  await press("section-rename-ssoSession-harbour");
  const field = (await there("section-new-name")) as HTMLInputElement;
  await fireEvent.input(field, { target: { value: "spare" } });
  await waitFor(() => expect(document.body.textContent).toContain("There is a section [sso-session spare] already."));
  expect((hook("section-change-run") as HTMLButtonElement).disabled).toBe(true);
  await fireEvent.input(field, { target: { value: "quay" } });
  await waitFor(() => expect(document.querySelector("figure")?.textContent).toContain("sso_session = quay"));
  expect(last("section_change")).toBeUndefined();
  await press("section-change-run");
  const session = () => backend.world.overview.profiles.find(({ name }) => name === "staging")?.ssoSession;
  await waitFor(() => expect(session()).toBe("quay"));
  await waitFor(() => expect(document.querySelector("dialog[open]")).toBeNull());
  await undo();
  await waitFor(() => expect(session()).toBe("harbour"));
});

test("a section that profiles name goes only when another takes its place", async () => {
  await look("full", "profiles-sections");
  await there("section-ssoSession-harbour");
  await press("section-remove-ssoSession-harbour");
  expect((await there("section-used-by")).textContent).toContain("staging");
  await press("section-change-run");
  await waitFor(() => expect(last("section_change")).toMatchObject({ request: { kind: "ssoSession", name: "harbour", change: { kind: "remove", successor: "spare" } } }));
  await waitFor(() => expect(backend.world.overview.profiles.find(({ name }) => name === "staging")?.ssoSession).toBe("spare"));
});

test("a machine without shared sections says so", async () => {
  await look("fresh", "profiles-sections");
  await there("sections-none");
});
