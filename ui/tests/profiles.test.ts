import { fireEvent, waitFor } from "@testing-library/svelte";
import { describe, expect, it, test } from "vitest";

import type { ProfileRow } from "../src/backend";
import { profile as makeProfile } from "../src/backend/fake/world";
import { grouped } from "../src/state/groups";
import { changesOf, follow, inFormOrder, settingGroup } from "../src/state/settings";
import { toasts } from "../src/state/toasts.svelte";
import { backend, called, choose, click, hook, open, there, type } from "./page";

const lastCall = (command: string) => called(command).at(-1) as Record<string, unknown>;

describe("a form whose file changes meanwhile", () => {
  const was = [{ name: "region", value: "a" }, { name: "output", value: "json" }];
  const cases: Array<[string, typeof was, typeof was, typeof was, string[]]> = [
    ["follows what nobody touched", was, [{ name: "region", value: "b" }], [{ name: "region", value: "b" }], []],
    ["keeps what only the person changed", [{ name: "region", value: "mine" }, was[1]!], [...was, { name: "x", value: "1" }], [{ name: "region", value: "mine" }, was[1]!, { name: "x", value: "1" }], []],
    ["keeps what the person took out", [was[1]!], was, [was[1]!], []],
    ["names what both changed", [{ name: "region", value: "mine" }, was[1]!], [{ name: "region", value: "theirs" }, was[1]!], [{ name: "region", value: "mine" }, was[1]!], ["region"]],
    ["agrees where both did the same", [{ name: "region", value: "b" }, was[1]!], [{ name: "region", value: "b" }, was[1]!], [{ name: "region", value: "b" }, was[1]!], []],
  ];
  it.each(cases)("%s", (_, mine, theirs, settings, conflicts) => {
    const followed = follow(was, mine, theirs);
    expect(followed.settings).toEqual(settings);
    expect(followed.conflicts.map(({ name }) => name)).toEqual(conflicts);
  });
});

test("settings stand in the order of the form, and changes name only what differs", () => {
  const field = (name: string) => ({ name, kind: "text" as const, choices: [], least: null, most: null });
  const settings = ["z", "output", "region"].map((name) => ({ name, value: "1" }));
  expect(inFormOrder(settings, [field("region"), field("output")]).map(({ name }) => name)).toEqual(["region", "output", "z"]);
  expect(["region", "role_arn", "sso_session", "s3.x", "retry_mode", "cli_pager"].map(settingGroup)).toEqual(["general", "role", "signIn", "s3", "requests", "other"]);
  expect(changesOf([{ name: "a", value: "1" }, { name: "b", value: "2" }], [{ name: "a", value: " 1 " }, { name: "c", value: "3" }])).toEqual([{ name: "b", value: null }, { name: "c", value: "3" }]);
});

test("profiles fall into groups, and what is in none comes last", () => {
  const row = (name: string, change: Partial<ProfileRow> = {}) => makeProfile(name, change);
  const rows = [row("solo-x"), row("harbour-prod", { group: "b" }), row("harbour-test"), row("plain", { group: "a" })];
  const names = (by: "own" | "prefix" | "none") => grouped(rows, by).map(({ name, rows: members }) => [name, members.map((one) => one.name)]);
  expect(names("own")).toEqual([["a", ["plain"]], ["b", ["harbour-prod"]], ["", ["solo-x", "harbour-test"]]]);
  expect(names("prefix")).toEqual([["harbour", ["harbour-prod", "harbour-test"]], ["", ["solo-x", "plain"]]]);
  expect(names("none")).toEqual([["", ["solo-x", "harbour-prod", "harbour-test", "plain"]]]);
});

test("a setting is changed after its difference was shown, and the toast takes it back", async () => {
  open("#/profiles/default");
  await click("tab-settings");
  await type("setting-region", "eu-west-1");
  await waitFor(() => expect(document.querySelector("figure")?.textContent).toContain("region = eu-west-1"));
  await click("settings-save");
  await waitFor(() => expect(lastCall("profile_save")).toMatchObject({ profile: "default", values: [{ name: "region", value: "eu-west-1" }] }));
  expect((lastCall("profile_save").seen as unknown[]).length).toBeGreaterThan(0);
  await waitFor(() => expect(toasts.shown[0]?.action?.undoes).toBe(true));
  await toasts.shown[0]!.action!.run();
  await waitFor(() => expect(backend.world.overview.profiles[0]?.region).toBe("eu-north-1"));
});

test("a value that AWS would refuse is said at its field and can not be saved", async () => {
  open("#/profiles/default");
  await click("tab-settings");
  await type("setting-add", "duration_seconds");
  await type("setting-duration_seconds", "60");
  await waitFor(() => expect(document.body.textContent).toContain("duration_seconds is a whole number from 900 to 43200."));
  expect((hook("settings-save") as HTMLButtonElement).disabled).toBe(true);
  await type("setting-duration_seconds", "3600");
  await waitFor(() => expect((hook("settings-save") as HTMLButtonElement).disabled).toBe(false));
});

test("what another program changed meanwhile is shown and never written over", async () => {
  open("#/profiles/default");
  await click("tab-settings");
  await type("setting-region", "eu-west-1");
  backend.world.properties.default!.find((one) => one.name === "region")!.value = "us-east-1";
  await waitFor(() => expect(backend.world.watchers.size).toBeGreaterThan(0));
  for (const tell of backend.world.watchers) tell();
  await there("setting-conflict-region");
  expect((hook("settings-save") as HTMLButtonElement).disabled).toBe(true);
  await click("setting-take");
  await waitFor(() => expect((hook("setting-region") as HTMLInputElement).value).toBe("us-east-1"));
  expect(hook("setting-conflict-region")).toBeNull();
});

test("the section is edited as text, and a line that is none is refused", async () => {
  open("#/profiles/default");
  await click("tab-settings");
  await click("settings-as-text");
  const field = (await there("section-text-field")) as HTMLTextAreaElement;
  const text = field.value;
  await fireEvent.input(field, { target: { value: `${text}nonsense\n` } });
  await waitFor(() => expect(document.body.textContent).toContain("has no equals sign"));
  await fireEvent.input(field, { target: { value: `${text}max_attempts = 5\n` } });
  await waitFor(() => expect((hook("section-save") as HTMLButtonElement).disabled).toBe(false));
  await click("section-save");
  await waitFor(() => expect(lastCall("profile_text_save")).toMatchObject({ profile: "default", seen: text }));
});

test("removing a profile that others act through names them and hands them over", async () => {
  open("#/profiles/default");
  await click("profile-menu");
  await click("profile-remove");
  expect((await there("profile-used-by")).textContent).toContain("analytics acts through it.");
  await choose("profile-successor", "media");
  await click("profile-remove-run");
  await waitFor(() => expect(lastCall("profile_remove")).toMatchObject({ profile: "default", successor: "media" }));
});

test("profiles are put into a group and shown by it", async () => {
  open("#/profiles");
  await click("profile-row-default-menu");
  await click("profile-menu-group");
  await type("profile-group", "films");
  await click("profile-group-run");
  await waitFor(() => expect(lastCall("profile_group")).toMatchObject({ group: "films" }));
  await choose("profiles-group-by", "own");
  await there("profile-group-films");
  await there("profile-group-");
});

describe("the history", () => {
  it("is empty at first", async () => {
    open("#/history");
    await there("history-empty");
  });
  it("shows what was done, undoes it and does it again", async () => {
    await backend.call("profile_rename", { from: "media", to: "film" });
    open("#/history");
    await there("history-1");
    expect((await there("history-change")).textContent).toContain("[profile film]");
    await click("history-undo");
    await waitFor(() => expect(backend.world.overview.profiles.some((row) => row.name === "media")).toBe(true));
    await waitFor(() => expect(hook("history-change")?.textContent).toContain("Undid"));
    await waitFor(() => expect((hook("history-undo") as HTMLButtonElement).disabled).toBe(false));
    await click("history-undo");
    await waitFor(() => expect(lastCall("undo")).toEqual({ token: "2" }));
  });
  it("shows both sides of a conflict and offers no undo", async () => {
    const change = await backend.call("profile_rename", { from: "media", to: "film" });
    const lines = [{ kind: "added" as const, text: "region = theirs" }];
    backend.world.history[0]!.conflict = { file: "~/.aws/config", since: lines, wanted: [] };
    open(`#/history/${change.undo!.token}`);
    await there("history-conflict");
    expect((hook("history-undo") as HTMLButtonElement).disabled).toBe(true);
    expect(document.body.textContent).toContain("region = theirs");
  });
});

describe("a finding about a profile", () => {
  async function found(code: string): Promise<void> {
    const details = await backend.call("profile_show", { profile: "default" });
    backend.on("profile_show", () => ({ ...details, findings: [{ code, severity: "warning", message: "Something is wrong.", detail: "It matters." }] }));
    open("#/profiles/default");
  }

  it.each([
    ["profile.plain", "profile-move-now", "#/setup"],
    ["profile.plain_copy", "profile-to-health", "#/health"],
    ["profile.secret_missing", "profile-set-up", "#/setup"],
  ])("of the kind %s leads to where it is mended", async (code, button, hash) => {
    await found(code);
    await click(button);
    await waitFor(() => expect(location.hash).toBe(hash));
  });

  it("that it acts through itself leads to its settings", async () => {
    await found("profile.chain");
    await click("profile-to-settings");
    await there("setting-region");
  });
});
