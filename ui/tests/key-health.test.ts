import { cleanup, fireEvent, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import type { AccountKeys, HealthKey } from "../src/backend";
import { failure } from "../src/backend/fake/world";
import { rowsOf, withPart, withUser } from "../src/state/key-health.svelte";
import { overview } from "../src/state/overview.svelte";
import { dueAt, place, stretches } from "../src/state/timeline";
import { toasts } from "../src/state/toasts.svelte";
import { backend, called, click, gone, hook, open, there } from "./page";

const rows = () => [...document.querySelectorAll<HTMLElement>('[data-test^="health-key-"]')];

const DAY = 86_400_000;
const NOW = Date.parse("2026-11-22T12:00:00Z");

function key(change: Partial<HealthKey> = {}): HealthKey {
  return { user: "ana", isRoot: false, keyId: null, active: true, created: new Date(NOW - 30 * DAY).toISOString(), ageDays: 30, lastUsed: null, lastUsedService: null, lastUsedRegion: null, description: null, profiles: [], state: "fine", dueInDays: 60, quarantined: false, ...change };
}

function account(keys: HealthKey[]): AccountKeys {
  return { profile: "admin", accountId: "111122223333", readBy: "report", reportMade: null, users: 1, keys, unread: [], leftOut: 0, notes: [], failure: null };
}

describe("a timeline", () => {
  it.each([
    ["fine", 30, ["good"]],
    ["due", 120, ["good", "due"]],
    ["overdue", 200, ["good", "due", "over"]],
    ["overdue", 4000, ["over"]],
    ["unused", 300, ["idle"]],
    ["neverUsed", 40, ["idle"]],
    ["inactive", 40, ["off"]],
    ["fine", 0, ["good"]],
  ] as const)("colours a key that is %s at %i days", (state, age, kinds) => {
    const created = new Date(NOW - age * DAY).toISOString();
    const parts = stretches(key({ state, created }), 90, NOW);
    expect(parts.map((part) => part.kind)).toEqual(kinds);
    for (const part of parts) {
      expect(part.from).toBeGreaterThanOrEqual(0);
      expect(part.width).toBeGreaterThan(0);
      expect(part.from + part.width).toBeLessThanOrEqual(place(NOW, NOW) + 0.001);
    }
  });

  it("marks the next rotation where it is to come", () => {
    expect(dueAt(key({ dueInDays: 60 }), NOW)).toBeCloseTo(place(NOW + 60 * DAY, NOW));
    expect(dueAt(key({ dueInDays: -1 }), NOW)).toBeNull();
    expect(dueAt(key({ dueInDays: null }), NOW)).toBeNull();
    expect(dueAt(key({ dueInDays: 300 }), NOW)).toBeNull();
    expect(stretches(key({ created: null }), 90, NOW)).toEqual([]);
  });
});

describe("rows", () => {
  it("stand with the most urgent first", () => {
    const keys = [key({ user: "fine" }), key({ user: "over", state: "overdue", dueInDays: -100 }), key({ user: "root", isRoot: true }), key({ user: "off", state: "inactive" }), key({ user: "due", state: "due", dueInDays: -3 })];
    expect(rowsOf([account(keys)]).map((row) => row.key.user)).toEqual(["root", "over", "due", "fine", "off"]);
  });

  it("come in parts, and are renewed for one user", () => {
    const part = { profile: "admin", accountId: "1", readBy: "perUser" as const, reportMade: null, users: 2, read: 1, keys: [key({ quarantined: true })] };
    const once = withPart([], part);
    const twice = withPart(once, { ...part, read: 2, keys: [key({ user: "bob" })] });
    expect(twice[0]?.keys.map((one) => one.user)).toEqual(["ana", "bob"]);
    expect(once[0]?.leftOut).toBe(1);
    const fresh = withUser(twice[0]!, "ana", [key({ keyId: "AKIAIOSFODNN7EXAMPLE" })]);
    expect(fresh.keys.map((one) => [one.user, one.keyId, one.quarantined])).toEqual([["bob", null, false], ["ana", "AKIAIOSFODNN7EXAMPLE", true]]);
  });
});

describe("access keys", () => {
  it("of all accounts stand on one timeline, and what is to do below", async () => {
    open("#/health", "full");
    await there("key-timeline");
    await waitFor(() => expect(rows().length).toBe(8));
    expect(rows()[0]?.textContent).toContain("ci-deploy");
    expect(rows()[0]?.textContent).toContain("122 days overdue");
    await there("finding-old");
    await there("account-harbour-prod");
  });

  it("whose IDs are not known are asked for when they come into view, each once", async () => {
    open("#/health", "full");
    const asked = () => called("key_health_rows").flatMap((request) => (request as { users: string[] }).users);
    await waitFor(() => expect(asked().sort()).toEqual(["backup-nas", "jens.old-laptop", "report-runner"]));
    await there("finding-old");
    await waitFor(() => expect([...document.querySelectorAll('[data-test^="health-key-"] .bitting')].length).toBe(8));
  });

  it("are windowed when there are thousands, and can be found by name", async () => {
    open("#/health", "many");
    await click("key-health-all");
    await waitFor(() => expect(rows().length).toBeGreaterThan(8));
    expect(rows().length).toBeLessThan(200);
    const filter = (await there("key-health-filter")) as HTMLInputElement;
    await fireEvent.input(filter, { target: { value: "service-account-01499" } });
    await waitFor(() => expect(rows().length).toBe(2));
  });

  it("of one profile alone are read on wish", async () => {
    open("#/health", "full");
    await click("key-health-scope-one");
    await waitFor(() => expect(called("key_health")).toMatchObject([{ profile: null }, { profile: "default" }]));
    await gone("account-harbour-prod");
  });

  it("that could not all be read are shown with what is missing", async () => {
    open("#/health", "odd");
    expect((await there("account-failed")).textContent).toContain("The account of elsewhere could not be read");
    const partly = await there("account-partly");
    expect(partly.textContent).toContain("slowing");
    expect(partly.textContent).toContain("40 users were left out");
  });

  it("are deactivated with one click, and that is taken back", async () => {
    open("#/health", "full");
    backend.on("key_set_status", () => null);
    backend.on("key_health", () => ({
      at: "", rotateAfterDays: 90, unusedAfterDays: 90, accounts: [account([key()])],
      findings: [{ code: "unused", severity: "warning", askedBy: "default", user: "ana", keyId: "AKIAIOSFODNN7EXAMPLE", profiles: [], message: "Unused", detail: "", remedy: { kind: "deactivate", profile: "default", user: "ana", keyId: "AKIAIOSFODNN7EXAMPLE" }, command: null }],
    }));
    await click("key-health-again");
    await click("remedy-deactivate");
    await waitFor(() => expect(toasts.shown.at(-1)?.text).toContain("Deactivated"));
    await toasts.shown.at(-1)?.action?.run();
    expect(called("key_set_status")).toMatchObject([{ active: false }, { active: true }]);
  });

  it("are saved as a csv", async () => {
    open("#/health", "full");
    const button = await there("key-health-export");
    await waitFor(() => expect((button as HTMLButtonElement).disabled).toBe(false));
    await fireEvent.click(button);
    await waitFor(() => expect(toasts.shown.at(-1)?.text).toContain("keywell-keys.csv"));
  });

  it("are rotated together, each with its outcome", async () => {
    open("#/health", "full");
    const finding = (profile: string) => ({ code: "old" as const, severity: "warning" as const, askedBy: "default", user: profile, keyId: null, profiles: [profile], message: profile, detail: "", remedy: { kind: "rotate" as const, profile }, command: null });
    backend.on("key_health", () => ({ at: "", rotateAfterDays: 90, unusedAfterDays: 90, accounts: [account([key()])], findings: [finding("default"), finding("media"), finding("practice")] }));
    await click("key-health-again");
    await click("rotate-many-open");
    const practice = (await there("rotate-many-practice")).querySelector("[role=checkbox]")!;
    await fireEvent.click(practice);
    await click("rotate-many-run");
    await there("rotate-many-done");
    expect(called("key_rotate_many")).toMatchObject([{ profiles: ["default", "media"], graceSeconds: 604_800 }]);
    expect(hook("rotate-many-default")?.textContent).toContain("The new key is in use");
    expect(hook("rotate-many-media")?.textContent).toContain("plain file");
  });

  it("need a profile, and say what failed", async () => {
    open("#/health", "fresh");
    await there("key-health-set-up");
    cleanup();
    overview.value = null;
    open("#/health", "full");
    backend.on("key_health", () => {
      throw failure("files.unreadable", "~/.aws/config can not be read.", "", "Look at it.");
    });
    await click("key-health-again");
    await waitFor(() => expect(hook("key-health")?.textContent).toContain("~/.aws/config can not be read."));
  });
});
