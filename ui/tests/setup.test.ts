import { fireEvent, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, it, test } from "vitest";

import type { KeyDraft } from "../src/backend";
import { changesOf } from "../src/state/settings";
import { beginSetup, setupSource } from "../src/state/setup-source.svelte";
import { asPlan, suggested } from "../src/views/setup/plan";
import { backend, called, click, hook, open, there, type } from "./page";

const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const usable = (name: string) => waitFor(() => expect((hook(name) as HTMLButtonElement).disabled).toBe(false));

beforeEach(() => {
  setupSource.current = { kind: "choose" };
});

test("a pasted secret leaves its field in the moment it is sent, and stands nowhere on the page", async () => {
  open("#/setup", "full");
  await click("setup-paste");
  await type("setup-key-id", "AKIAIOSFODNN7EXAMPLE");
  await type("setup-secret", SECRET);
  await fireEvent.submit((await there("setup-continue")).closest("form")!);
  expect((hook("setup-secret") as HTMLInputElement).value).toBe("");
  await there("setup-run");
  expect(called("setup_from_paste")).toEqual([{ keyId: "AKIAIOSFODNN7EXAMPLE", secret: SECRET, sessionToken: null }]);
  expect(document.documentElement.outerHTML).not.toContain(SECRET);
});

test("a refused paste keeps the ID, names the field, and asks for the secret again", async () => {
  open("#/setup", "full");
  await click("setup-paste");
  await type("setup-key-id", "AKIAIOSFODNN7EXAMPL");
  await type("setup-secret", SECRET);
  await fireEvent.submit((await there("setup-continue")).closest("form")!);
  await waitFor(() => expect(document.body.textContent).toContain("19 characters; a key ID has 20."));
  expect((hook("setup-key-id") as HTMLInputElement).value).toBe("AKIAIOSFODNN7EXAMPL");
  expect((hook("setup-secret") as HTMLInputElement).value).toBe("");
});

test("a temporary key asks for its session token", async () => {
  open("#/setup", "full");
  await click("setup-paste");
  expect(hook("setup-token")).toBeNull();
  await type("setup-key-id", "ASIAIOSFODNN7EXAMPLE");
  await there("setup-token");
});

test("practising leads to a profile in three steps, and the file is deleted only when asked", async () => {
  open("#/welcome", "fresh");
  await click("first-run-practise");
  await click("practice-set-up");
  await usable("setup-run").catch(async () => {
    await there("setup-run");
    await usable("setup-run");
  });
  await fireEvent.submit(hook("setup-run")!.closest("form")!);
  await there("setup-ready");
  expect(called("csv_delete")).toEqual([]);
  await click("setup-delete-csv");
  await waitFor(() => expect(called("csv_delete")).toHaveLength(1));
  await click("setup-finish");
  await waitFor(() => expect(location.hash).toBe("#/profiles/practice"));
});

test("a name that is taken needs the tick before it is replaced", async () => {
  open("#/setup", "full");
  beginSetup({ kind: "csv", path: "/home/marta/Downloads/media_accessKeys.csv" });
  await type("setup-profile", "media");
  await there("setup-replace");
  expect((hook("setup-run") as HTMLButtonElement).disabled).toBe(true);
  await click("setup-replace");
  await usable("setup-run");
});

test("a root user's key is stored only after the word was typed", async () => {
  open("#/setup", "full");
  let asked = 0;
  backend.on("setup_run", () => {
    asked += 1;
    throw { code: "key.root", message: "This key belongs to the root user.", cause: "", hint: "" };
  });
  beginSetup({ kind: "csv", path: "/home/marta/Downloads/rootkey.csv" });
  await there("setup-run");
  await usable("setup-run");
  await fireEvent.submit(hook("setup-run")!.closest("form")!);
  await there("setup-root-confirmation");
  expect((hook("setup-run") as HTMLButtonElement).disabled).toBe(true);
  await type("setup-root-confirmation", "root");
  await usable("setup-run");
  await fireEvent.submit(hook("setup-run")!.closest("form")!);
  await waitFor(() => expect(asked).toBe(2));
  expect(called("setup_run").at(-1)).toMatchObject({ plan: { rootConfirmation: "root" } });
});

test("a failed set-up says that nothing was changed and leads back to what was typed", async () => {
  open("#/setup", "full");
  beginSetup({ kind: "csv", path: "/home/marta/Downloads/marta_accessKeys.csv" });
  await type("setup-profile", "will-fail");
  await usable("setup-run");
  await fireEvent.submit(hook("setup-run")!.closest("form")!);
  await waitFor(() => expect(hook("error")?.dataset["code"]).toBe("sts.unknown_key"));
  expect(hook("error")?.textContent).toContain("Nothing was changed.");
  await click("setup-back");
  expect(((await there("setup-profile")) as HTMLInputElement).value).toBe("will-fail");
});

test("trying again after a failure runs the same plan once more", async () => {
  open("#/setup", "full");
  let asked = 0;
  backend.on("setup_run", () => {
    asked += 1;
    throw { code: "network.unreachable", message: "AWS can not be reached.", cause: "", hint: "" };
  });
  beginSetup({ kind: "csv", path: "/home/marta/Downloads/marta_accessKeys.csv" });
  await there("setup-run");
  await usable("setup-run");
  await fireEvent.submit(hook("setup-run")!.closest("form")!);
  await click("error-retry");
  await waitFor(() => expect(asked).toBe(2));
  const plans = called("setup_run").map((request) => (request as { plan: unknown }).plan);
  expect(plans[1]).toEqual(plans[0]);
});

test("back from the plan keeps the pasted key ID, and lets go of the secret", async () => {
  open("#/setup", "full");
  await click("setup-paste");
  await type("setup-key-id", "AKIAIOSFODNN7EXAMPLE");
  await type("setup-secret", SECRET);
  await fireEvent.submit((await there("setup-continue")).closest("form")!);
  await there("setup-run");
  await click("setup-back");
  expect(((await there("setup-key-id")) as HTMLInputElement).value).toBe("AKIAIOSFODNN7EXAMPLE");
  expect((hook("setup-secret") as HTMLInputElement).value).toBe("");
  expect(called("setup_forget")).toHaveLength(1);
});

test("a key whose reading was cancelled is let go when it comes", async () => {
  open("#/setup", "full");
  let answer: (draft: KeyDraft) => void = () => undefined;
  backend.on("setup_from_csv", () => new Promise<KeyDraft>((done) => (answer = done)));
  beginSetup({ kind: "csv", path: "/home/marta/Downloads/marta_accessKeys.csv" });
  await waitFor(() => expect(called("setup_from_csv")).toHaveLength(1));
  await new Promise((done) => setTimeout(done, 20));
  await click("loading-stop");
  answer({
    draft: "late", source: "csv", sourceName: null, keyId: "AKIAIOSFODNN7EXAMPLE", temporary: false, suggestedProfile: "marta", suggestedRegion: "eu-north-1", suggestedOutput: "json",
    suggestedEndpointUrl: null, defaultFree: false, findings: [], choices: [],
  });
  await waitFor(() => expect(called("setup_forget")).toEqual([{ draft: "late" }]));
  expect(hook("setup-run")).toBeNull();
});

test("a window that opens on a profile's page shows its buckets without a test", async () => {
  open("#/profiles/default", "full");
  await there("profile-bucket-harbour-backups");
  expect(called("profile_test")).toEqual([]);
});

test("a plain profile's page leads to moving its secret to the keychain", async () => {
  open("#/profiles/media", "full");
  await click("profile-move-now");
  await waitFor(() => expect(called("setup_from_profile")).toEqual([{ profile: "media" }]));
  expect(((await there("setup-profile")) as HTMLInputElement).value).toBe("media");
});

test("the first look says why ~/.aws can not be read instead of calling the machine fresh", async () => {
  open("#/", "broken");
  await waitFor(() => expect(location.hash).toBe("#/profiles"));
  await waitFor(() => expect(hook("error")?.dataset["code"]).toBe("files.permission"));
});

test("a csv with several keys asks which one", async () => {
  open("#/setup", "full");
  beginSetup({ kind: "csv", path: "/home/marta/Downloads/two-keys.csv" });
  await click("setup-choice-1");
  await there("setup-run");
  expect(called("setup_from_csv").at(-1)).toMatchObject({ row: 1 });
});

test("leaving a set-up lets go of its key", async () => {
  open("#/setup", "full");
  beginSetup({ kind: "csv", path: "/home/marta/Downloads/marta_accessKeys.csv" });
  await there("setup-run");
  await click("setup-cancel");
  await waitFor(() => expect(called("setup_forget")).toHaveLength(1));
});

test("a removed profile comes back by undo", async () => {
  open("#/profiles/media", "full");
  await click("profile-menu");
  await click("profile-remove");
  await fireEvent.submit((await there("profile-remove-run")).closest("form")!);
  await waitFor(() => expect(location.hash).toBe("#/profiles"));
  await waitFor(() => expect(hook("profile-row-media")).toBeNull());
  await click("toast-undo");
  await there("profile-row-media");
});

describe("what a plan sends", () => {
  it("has no blanks around, and no empty address", () => {
    const values = { profile: " work ", region: " eu-west-1 ", output: "json", endpointUrl: "  ", replace: false, rootConfirmation: "" };
    expect(asPlan("draft-1", values)).toMatchObject({ profile: "work", region: "eu-west-1", endpointUrl: null });
  });

  it("begins with what is suggested", () => {
    const draft = { suggestedProfile: "a", suggestedRegion: "b", suggestedOutput: "json", suggestedEndpointUrl: null } as Parameters<typeof suggested>[0];
    expect(suggested(draft)).toMatchObject({ profile: "a", region: "b", endpointUrl: "", replace: false });
  });
});

describe("what the settings form saves", () => {
  const before = [
    { name: "region", value: "eu-west-1" },
    { name: "output", value: "json" },
  ];
  it.each([
    ["nothing, when nothing changed", before, []],
    ["a changed value", [{ name: "region", value: "us-east-1" }, before[1]!], [{ name: "region", value: "us-east-1" }]],
    ["null for a value that was taken out", [before[0]!], [{ name: "output", value: null }]],
    ["null for a value that was emptied", [before[0]!, { name: "output", value: " " }], [{ name: "output", value: null }]],
    ["a new value", [...before, { name: "retry_mode", value: "standard" }], [{ name: "retry_mode", value: "standard" }]],
    ["nothing for a new setting without a name", [...before, { name: "", value: "x" }], []],
  ])("%s", (_, now, expected) => {
    expect(changesOf(before, now)).toEqual(expected);
  });
});
