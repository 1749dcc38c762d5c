import { cleanup, fireEvent, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";

import type { UnfinishedKey } from "../src/backend";
import { PURPOSES, SAFER } from "../src/state/purposes";
import { words } from "../src/words";
import { backend, called, choose, click, hook, isOff, open, there, type } from "./page";


describe("the list of users", () => {
  test("shows groups, MFA and keys with age and last use, and asks of each user once", async () => {
    open("#/keys");
    const row = await there("keys-user-marta.lindqvist");
    await waitFor(() => expect(row.textContent).toContain("administrators, designers"));
    expect(row.textContent).toContain("…MPLE");
    expect(row.textContent).toContain("used");
    await waitFor(() => expect(called("user_glance")).toHaveLength(5));
  });

  test("is searched by path and name", async () => {
    backend.world.users.push({ name: "bot", path: "/robots/", arn: "arn:aws:iam::111122223333:user/robots/bot", created: null, isCaller: false });
    open("#/keys");
    await type("keys-filter", "ROBOTS");
    await waitFor(() => expect(hook("keys-user-nas")).toBeNull());
    expect(hook("keys-user-bot")).not.toBeNull();
  });

  test("says what a row may not show, and greys what the key may not do", async () => {
    backend.on("user_glance", (_, { user }) => ({ user, groups: null, mfaDevices: null, keys: null }));
    backend.on("user_list", (world) => ({ users: world.users, accountId: null, denied: false, deniedActions: ["iam:CreateUser"] }));
    open("#/keys");
    const row = await there("keys-user-nas");
    await waitFor(() => expect(row.textContent).toContain(words.users.hidden));
    const button = (await there("user-create")) as HTMLButtonElement;
    expect([button.disabled, button.title]).toEqual([true, words.users.mayNot("iam:CreateUser")]);
  });
});

describe("the users of all accounts", () => {
  test("stand together with their accounts, and an account that can not be read is named", async () => {
    open("#/keys");
    await click("keys-scope-all");
    const all = await there("users-all");
    await waitFor(() => expect(all.textContent).toContain("1234-5678-9012"));
    expect(all.textContent).toContain("1111-2222-3333");
    expect((await there("users-failed-old-laptop")).textContent).toContain("AWS does not know this key");
    await type("keys-filter", "123456789012");
    await waitFor(() => expect(all.textContent).not.toContain("1111-2222-3333"));
    await fireEvent.click(all.querySelector('[data-test^="users-all-harbour-prod"]')!);
    await waitFor(() => expect(location.hash).toBe("#/keys/marta.lindqvist"));
    expect(called("profile_use").at(-1)).toEqual({ profile: "harbour-prod" });
  });
});

test("a user is made with what it is for, and is shown", async () => {
  open("#/keys");
  await waitFor(async () => expect(await isOff("user-create")).toBe(false));
  await click("user-create");
  await type("user-create-name", "site");
  await type("user-create-description", "a, b");
  expect(await isOff("user-create-run")).toBe(true);
  await type("user-create-description", "Deploys the site");
  await click("user-create-run");
  expect((await there("user-description")).textContent).toBe("Deploys the site");
  expect(called("user_create")[0]).toEqual({ profile: "default", name: "site", path: "/", description: "Deploys the site" });
});

test("who may not make users is told so without a red error", async () => {
  backend.on("user_create", () => {
    throw { code: "aws.access_denied", message: "The key may not do iam:CreateUser.", cause: "", hint: "Ask." };
  });
  open("#/keys");
  await waitFor(async () => expect(await isOff("user-create")).toBe(false));
  await click("user-create");
  await type("user-create-name", "site");
  await click("user-create-run");
  expect((await there("user-create-denied")).textContent).toContain("iam:CreateUser");
  expect(document.querySelector('[role="alert"]')).toBeNull();
});

describe("a user", () => {
  test("goes with all that was named, after its name was typed", async () => {
    open("#/keys/media-uploader");
    await click("user-menu");
    await waitFor(async () => expect(await isOff("user-delete")).toBe(false));
    await click("user-delete");
    const dialog = await there("user-delete-dialog");
    await waitFor(() => expect(dialog.textContent).toContain("AKIAPRACTICE00MEDIA0"));
    for (const name of ["uploads", "robots"]) expect(dialog.textContent).toContain(name);
    expect(hook("user-delete-profiles")?.textContent).toContain("media");
    expect(await isOff("user-delete-dialog-run")).toBe(true);
    await type("user-delete-dialog-type", "media-uploader");
    await click("user-delete-dialog-run");
    await waitFor(() => expect(location.hash).toBe("#/keys"));
    const request = called("user_delete")[0] as { items: unknown[] };
    expect(request.items).toHaveLength(3);
  });

  test("that went in part says what is left", async () => {
    backend.on("user_delete", (_, { user, items }) => ({
      user, deleted: false, removed: items.slice(0, 1), left: items.slice(1), profiles: [], failure: { code: "aws.throttled", message: "AWS asks to slow down.", cause: "", hint: "" },
    }));
    open("#/keys/media-uploader");
    await click("user-menu");
    await waitFor(async () => expect(await isOff("user-delete")).toBe(false));
    await click("user-delete");
    await type("user-delete-dialog-type", "media-uploader");
    await click("user-delete-dialog-run");
    expect((await there("user-delete-partly")).textContent).toContain(words.users.remove.partly(1, 2));
    expect(hook("user-delete-dialog")?.textContent).toContain("AWS asks to slow down.");
  });

  test("of whom not all may be seen or done says so in grey", async () => {
    backend.world.overview.profileInUse = "old-laptop";
    open("#/keys/media-uploader");
    expect((await there("user-denied")).textContent).toContain("iam:DeleteUser");
    expect((await there("user-items-group")).textContent).toContain(words.users.hidden);
    await click("user-menu");
    expect(await isOff("user-delete")).toBe(true);
    await click("key-AKIAPRACTICE00MEDIA0-menu");
    expect((await there("key-delete")).textContent).toContain("iam:DeleteAccessKey");
  });
});

describe("a new key", () => {
  test.each(PURPOSES)("for %s shows the safer way, where there is one", async (purpose) => {
    open("#/keys/nas");
    await click("key-create-slot");
    await choose("key-purpose", purpose);
    if (SAFER[purpose].length === 0) expect(hook("key-safer")).toBeNull();
    else expect((await there("key-safer")).textContent).toContain(words.keys.purpose.safer[purpose]);
  });

  test("leads to a profile of a role, or to the console", async () => {
    open("#/keys/nas");
    await click("key-create-slot");
    await click("key-safer-cloudShell");
    expect(called("console_open")[0]).toEqual({ page: "cloudShell" });
    await click("key-safer-role");
    await there("profile-new-role");
  });

  test("leads to a profile of a sign-in, with the session that is known here or a new address", async () => {
    open("#/keys/nas");
    await click("key-create-slot");
    await click("key-safer-signIn");
    await type("profile-new", "harbour-read");
    expect(await isOff("profile-new-run")).toBe(true);
    await type("profile-new-account", "1111-2222-3333");
    await type("profile-new-role-name", "ReadOnlyAccess");
    await click("profile-new-run");
    await waitFor(() => expect(location.hash).toBe("#/profiles/harbour-read"));
    expect(called("profile_save")[0]).toMatchObject({
      profile: "harbour-read",
      values: [{ name: "region", value: "us-east-1" }, { name: "sso_session", value: "harbour" }, { name: "sso_account_id", value: "111122223333" }, { name: "sso_role_name", value: "ReadOnlyAccess" }],
    });
  });

  test("waits until its secret was taken, which never reaches the page", async () => {
    open("#/keys/nas");
    await click("key-create-slot");
    await click("key-place-csv");
    await click("key-create-run");
    expect(await isOff("take-done")).toBe(true);
    await click("take-csv");
    await waitFor(async () => expect(await isOff("take-done")).toBe(false));
    for (const way of ["reveal", "copy"]) {
      await click(`take-${way}`);
      await waitFor(() => expect(called(`key_${way}`)).toEqual([{ id: "1" }]));
      await waitFor(async () => expect(await isOff("take-done")).toBe(false));
    }
    await click("take-done");
    await waitFor(() => expect(backend.world.unfinished).toEqual([]));
    expect(backend.world.keys["nas"]).toHaveLength(1);
  });

  test("that waits can still become a profile, or go", async () => {
    for (const way of ["profile", "discard"]) {
      open("#/keys/nas");
      await click("key-create-slot");
      await click("key-place-reveal");
      await click("key-create-run");
      if (way === "discard") await click("take-discard");
      else {
        await click("take-profile-open");
        await click("take-profile-run");
        await waitFor(() => expect(location.hash).toBe("#/profiles/nas"));
      }
      await waitFor(() => expect(backend.world.unfinished).toEqual([]));
      cleanup();
    }
    expect(backend.world.keys["nas"]?.map((key) => key.profiles)).toEqual([["nas"]]);
  });
});

test("keys that have not found their place are offered on the page of keys", async () => {
  const key = (id: string, state: UnfinishedKey["state"]): UnfinishedKey => ({
    id, user: "nas", accountId: "111122223333", profile: "default", description: "", asked: new Date().toISOString(), keyId: state === "asked" ? null : `AKIAPRACTICE0000000${id}`, state,
  });
  backend.world.unfinished = [key("1", "waiting"), key("2", "lost"), key("3", "asked")];
  open("#/keys");
  await click("unfinished-2-discard");
  await waitFor(() => expect(hook("unfinished-2")).toBeNull());
  await click("unfinished-3-discard");
  await waitFor(() => expect(hook("unfinished-3")).toBeNull());
  await click("unfinished-1-take");
  await click("take-copy");
  await waitFor(async () => expect(await isOff("take-done")).toBe(false));
  await click("take-done");
  await waitFor(() => expect(hook("unfinished-1")).toBeNull());
});

test("with both places taken, one can be given up, or a profile's key replaced in place", async () => {
  backend.world.keys["ci-deploy"]![0]!.profiles = ["media"];
  open("#/keys/ci-deploy");
  await click("key-limit-rotate");
  await waitFor(() => expect(location.hash).toContain("media"));
});
