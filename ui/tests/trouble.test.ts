// The worlds that are hard to show: nothing that axe-core objects to, and a way out of every wait.
import { cleanup, render, waitFor } from "@testing-library/svelte";
import axe from "axe-core";
import { flushSync } from "svelte";
import { afterEach, beforeEach, expect, test } from "vitest";

import App from "../src/App.svelte";
import { useBackend } from "../src/backend";
import { fakeBackend } from "../src/backend/fake";
import type { WorldName } from "../src/backend/fake/world";
import { keywellSettings } from "../src/state/keywell-settings.svelte";
import { overview } from "../src/state/overview.svelte";
import { reach } from "../src/state/reach.svelte";
import { toasts } from "../src/state/toasts.svelte";
import { readViews } from "../src/views/later.svelte";

// A busy machine takes its time to read them, which no test is about.
await readViews();

const element = (hook: string) => document.querySelector<HTMLElement>(`[data-test="${hook}"]`);

async function open(world: WorldName, hash: string): Promise<void> {
  useBackend(fakeBackend({ world }));
  await new Promise((done) => setTimeout(done));
  location.hash = hash;
  await new Promise((done) => setTimeout(done));
  render(App);
  await waitFor(() => expect(overview.value).not.toBeNull());
}

beforeEach(() => {
  overview.value = null;
  overview.failure = null;
  reach.profile = null;
  keywellSettings.clear();
  toasts.shown = [];
});
afterEach(cleanup);

// axe-core looks for icons made of letters on a canvas, which jsdom has none of.
HTMLCanvasElement.prototype.getContext = () => null;

const LONG_BUCKET = "b".repeat(63);

test.each<[WorldName, hash: string, there: string]>([
  ["odd", "#/profiles", ".row"],
  ["odd", `#/profiles/${encodeURIComponent("בדיקה prod")}`, '[data-test="profile-test"]'],
  ["odd", `#/keys/${encodeURIComponent("e\u0301toile\u202Eevil")}`, '[data-test="key-AKIAPRACTICE00000ODD"]'],
  ["odd", "#/keys", ".row"],
  ["odd", `#/buckets/${LONG_BUCKET}`, ".row"],
  ["odd", "#/buckets/harbour-broken", '[data-code="s3.slow_down"]'],
  ["many", "#/profiles", ".row"],
  ["never", "#/keys", '[data-test="loading-stop"]'],
  ["never", "#/buckets", '[data-test="loading-stop"]'],
  ["broken", "#/profiles", '[data-test="error"]'],
])("in the %s world axe-core finds nothing on %s", async (world, hash, there) => {
  await open(world, hash);
  await waitFor(() => expect(document.querySelector(there)).not.toBeNull());
  // jsdom draws nothing, so that the contrast of colours is for the journeys.
  const { violations, passes } = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  expect(passes.length).toBeGreaterThan(5);
});

test.each(["#/profiles/default", "#/keys", "#/keys/nas", "#/buckets", "#/buckets/harbour-empty", "#/settings", "#/history"])(
  "a wait without end on %s can be ended",
  async (hash) => {
    await open("never", hash);
    await waitFor(() => expect(element("loading-stop")).not.toBeNull());
    // A page may wait for several things, each of which is ended by itself.
    for (const stop of document.querySelectorAll<HTMLElement>('[data-test="loading-stop"]')) {
      stop.click();
      flushSync();
    }
    expect(element("loading-stop")).toBeNull();
    expect(element("ask-again")).not.toBeNull();
  },
);

test("500 profiles are one list of which only what is in view is drawn", async () => {
  await open("many", "#/profiles");
  await waitFor(() => expect(document.querySelector("[role=grid]")?.getAttribute("aria-rowcount")).toBe("501"));
  expect(document.querySelectorAll(".row").length).toBeLessThan(100);
});

test("of 500 profiles the switcher offers 100 and the one in use, and the palette finds the others", async () => {
  await open("many", "#/profiles");
  await waitFor(() => expect(overview.value?.profiles.length).toBe(500));
  overview.value!.profileInUse = overview.value!.profiles.at(-1)!.name;
  flushSync();
  element("profile-switcher")!.click();
  await waitFor(() => expect(document.querySelectorAll('[role="menuitemradio"]').length).toBe(101));
  expect(document.querySelector('[role="menuitemradio"][aria-checked="true"]')?.textContent).toContain(overview.value!.profileInUse);
  expect(element("use-profile-others")?.textContent).toContain("Find one of 399 more…");
  element("use-profile-others")!.click();
  await waitFor(() => expect(element("palette")).toHaveProperty("open", true));
});
