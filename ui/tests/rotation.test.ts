import { fireEvent } from "@testing-library/svelte";
import { describe, expect, it, test } from "vitest";

import { failure } from "../src/backend/fake/world";
import { canGoBack, marks } from "../src/state/rotation";
import { backend, click, hook, open, there } from "./page";

describe("the stages of a rotation", () => {
  const of = (state: Parameters<typeof canGoBack>[0], late = false) =>
    marks({ state, lateUse: late ? { at: "2026-11-22T00:00:00Z", service: "s3", region: null } : null }).map(({ mark }) => mark[0]).join("");
  it.each([
    ["creating", false, "rwwwwww"],
    ["waiting", false, "grwwwww"],
    ["switched", false, "gggrwww"],
    ["watching", false, "gggggrw"],
    ["watching", true, "gggggww"],
    ["done", false, "ggggggg"],
    ["goingBack", false, "wwwwwww"],
  ] as const)("of one that is %s", (state, late, expected) => expect(of(state, late)).toBe(expected));

  it("can be gone back until the delete", () => {
    expect(canGoBack("watching")).toBe(true);
    expect(canGoBack("deleting")).toBe(false);
    expect(canGoBack("done")).toBe(false);
  });
});

test("a key is rotated with one click, watched, and gone back", async () => {
  open("#/rotation/default");
  await click("rotation-run");
  expect((await there("rotation-new")).textContent).toContain("Used by default");
  expect((await there("rotation-stages")).querySelector('[aria-current="step"]')?.textContent).toContain("Watch");
  await click("rotation-back");
  await click("rotation-back-dialog-run");
  expect((await there("rotation-ended")).textContent).toContain("old key again");
});

test("the old key is deleted at once only after its last four were typed", async () => {
  open("#/rotation/default");
  await click("rotation-run");
  await click("rotation-delete");
  const run = (await there("rotation-delete-dialog-run")) as HTMLButtonElement;
  expect(run.disabled).toBe(true);
  await fireEvent.input(await there("rotation-delete-dialog-type"), { target: { value: "MPLE" } });
  await click("rotation-delete-dialog-run");
  expect((await there("rotation-ended")).textContent).toContain("deleted");
  expect(backend.calls.filter((call) => call.command === "key_rotate").at(-1)?.request).toMatchObject({ graceSeconds: 0 });
});

test("where both keys are taken the other one is shown with its use, deactivated, deleted, and the rotation goes on", async () => {
  const other = "AKIAPRACTICE00OTHER1";
  backend.world.keys["marta.lindqvist"]!.push({ keyId: other, active: true, created: "2026-01-01T00:00:00Z", lastUsed: null, lastUsedService: null, lastUsedRegion: null, description: null, profiles: [] });
  open("#/rotation/default");
  await click("rotation-run");
  expect((await there("rotation-other-key")).textContent).toContain("never used");
  await click("rotation-other-deactivate");
  await click("rotation-other-delete");
  await fireEvent.input(await there("rotation-other-dialog-type"), { target: { value: "HER1" } });
  await click("rotation-other-dialog-run");
  expect((await there("rotation-new")).textContent).toContain("Used by default");
  expect(hook("rotation-other-key")).toBeNull();
});

test("the other key is not offered for the taking while a profile here has it", async () => {
  backend.world.keys["marta.lindqvist"]!.push({ keyId: "AKIAPRACTICE00OTHER1", active: true, created: null, lastUsed: "2026-11-01T00:00:00Z", lastUsedService: "s3", lastUsedRegion: null, description: null, profiles: ["media"] });
  open("#/rotation/default");
  await click("rotation-run");
  expect((await there("rotation-other-held")).textContent).toContain("media");
  expect(hook("rotation-other-deactivate")).toBeNull();
});

test("what can not be rotated says why and what to do", async () => {
  open("#/rotation/media");
  await click("rotation-run");
  const shown = await there("rotation-failure");
  expect(shown.dataset.code).toBe("rotation.refused");
  expect(hook("rotation-start")).not.toBeNull();
});

test("a use of the old key after the switch is an alarm that names service and region", async () => {
  open("#/rotation/default");
  await click("rotation-run");
  await there("rotation-new");
  const rotation = backend.world.rotations.find((one) => one.profile === "default");
  rotation!.lateUse = { at: new Date().toISOString(), service: "s3", region: "us-east-1" };
  await click("rotation-look");
  expect((await there("rotation-late")).textContent).toContain("s3 in us-east-1");
});

test("a rotation that was stopped offers to go on and back", async () => {
  backend.on("key_rotate", () => {
    throw failure("rotation.stopped", "The rotation of default stands still.", "", "Go on, or back.");
  });
  open("#/rotation/default");
  await click("rotation-run");
  await there("rotation-failure");
});

test("the page of the keys names the rotations under way", async () => {
  open("#/keys");
  await click("rotation-harbour-prod");
  expect((await there("rotation-late")).textContent).toContain("s3 in us-east-1");
});

test("a key that a profile holds is rotated from its card", async () => {
  open("#/keys/marta.lindqvist");
  await click("key-AKIAIOSFODNN7EXAMPLE-menu");
  await click("key-rotate");
  await there("rotation-start");
  expect(location.hash).toBe("#/rotation/default");
});
