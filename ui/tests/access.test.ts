import { fireEvent, waitFor } from "@testing-library/svelte";
import { describe, expect, it, test } from "vitest";

import { whereOf, suggestedUser } from "../src/state/access";
import { backend, click, hook, hooks, open, there, type } from "./page";

const field = () => hook("access-policy-field") as HTMLTextAreaElement;
const runs = () => !(hook("access-run") as HTMLButtonElement).disabled;

describe("the names of an access", () => {
  it("has a user that AWS takes, made of the bucket's name", () => {
    expect(suggestedUser("harbour-media")).toBe("harbour-media-app");
    expect(suggestedUser("")).toBe("");
    expect(suggestedUser("b".repeat(63)).length).toBeLessThanOrEqual(64);
  });
  it("says where, as the AWS CLI writes it", () => expect(whereOf({ bucket: "b", prefix: "in/" })).toBe("s3://b/in/"));
});

test("a program is given one folder of a bucket, proven, and it is taken back", async () => {
  open("#/access/harbour-media-originals/uploads/");
  await waitFor(() => expect(field().value).toContain("harbour-media-originals/uploads/*"));
  await click("access-list");
  await waitFor(() => expect(field().value).toContain('"s3:prefix": "uploads/*"'));
  await waitFor(() => expect(runs()).toBe(true));
  await click("access-run");
  await there("access-ready");
  expect(hooks("access-proof").every((line) => line.dataset.outcome === "asWanted")).toBe(true);
  expect(backend.world.users.some((user) => user.name === "harbour-media-originals-app")).toBe(true);
  await click("access-take-back");
  await click("access-revoke-run");
  await waitFor(() => expect(location.hash).toBe("#/keys"));
  expect(backend.world.users.some((user) => user.name === "harbour-media-originals-app")).toBe(false);
});

test("the policy can be edited, is checked by line, and made anew", async () => {
  open("#/access/harbour-media-originals");
  await waitFor(() => expect(field()?.value).toContain("s3:GetObject"));
  await fireEvent.input(field(), { target: { value: field().value.replace("s3:GetObject", "s3:GetObjects") } });
  const flaw = await there("access-flaw");
  expect(flaw.textContent).toContain("Did you mean s3:GetObject?");
  const line = flaw.querySelector("button");
  if (line) await fireEvent.click(line);
  expect(field().value.slice(field().selectionStart, field().selectionEnd)).toContain("s3:GetObjects");
  // A warning does not stop; what is no JSON does.
  await waitFor(() => expect(runs()).toBe(true));
  await fireEvent.input(field(), { target: { value: "{" } });
  await waitFor(() => expect(field().getAttribute("aria-invalid")).toBe("true"));
  expect(runs()).toBe(false);
  await click("access-policy-reset");
  await waitFor(() => expect(runs()).toBe(true));
});

test("what is wrong stands at its field, and nothing is made meanwhile", async () => {
  open("#/access");
  await there("access-bucket");
  await waitFor(() => expect(runs()).toBe(false));
  await type("access-bucket", "harbour-media-originals");
  await fireEvent.focusOut(await there("access-bucket"));
  await waitFor(() => expect((hook("access-user") as HTMLInputElement).value).toBe("harbour-media-originals-app"));
  await type("access-prefix", "/in/");
  await waitFor(() => expect(document.body.textContent).toContain("Leave the first / out"));
  expect(runs()).toBe(false);
  await type("access-prefix", "in");
  await waitFor(() => expect(document.body.textContent).toContain("also covers names like"));
  await type("access-user", "a b");
  await waitFor(() => expect(document.body.textContent).toContain("has no blanks"));
  expect((hook("access-profile") as HTMLInputElement).value).toBe("a b");
  expect(backend.calls.some(({ command }) => command === "access_grant")).toBe(false);
});

test("a failure says that all was taken back, and the plan can be changed", async () => {
  open("#/access/harbour-media-originals");
  await type("access-user", "will-fail");
  await waitFor(() => expect(runs()).toBe(true));
  await click("access-run");
  await waitFor(() => expect(document.body.textContent).toContain("What was made is gone again"));
  await click("access-back");
  expect((hook("access-user") as HTMLInputElement).value).toBe("will-fail");
});

test("that a program can do more than was chosen is not hidden", async () => {
  open("#/access/harbour-media-originals");
  await type("access-user", "can-more");
  await waitFor(() => expect(runs()).toBe(true));
  await click("access-run");
  expect((await there("access-odd")).textContent).toContain("more than you chose");
  expect(hooks("access-proof").filter((line) => line.dataset.outcome === "notAsWanted")).toHaveLength(1);
});

test("what was interrupted is named on the page of keys and taken back there", async () => {
  const allow = { read: true, write: false, list: false, delete: false, versions: false };
  backend.world.accesses.push({ state: "interrupted", accountId: "111122223333", user: "left-over", bucket: "harbour-media-originals", prefix: "", allow, profile: "left-over", using: "gone", keyId: null, began: "2026-11-22T00:00:00Z" });
  open("#/keys");
  expect((await there("accesses")).textContent).toContain("interrupted");
  await click("access-revoke-left-over");
  await click("access-revoke-run");
  await waitFor(() => expect(hook("accesses")).toBeNull());
  // The profile that made it is gone, so the one in use acts.
  const asked = backend.calls.find(({ command }) => command === "access_revoke");
  expect((asked?.request as { using: string }).using).toBe(backend.world.overview.profileInUse);
});
