// Every action shows at once that it was begun, however long its answer takes: no `await` stands between a click and something
// that changes on the page.
import { cleanup, render, waitFor } from "@testing-library/svelte";
import { flushSync } from "svelte";
import { afterEach, beforeEach, expect, test } from "vitest";

import App from "../src/App.svelte";
import { useBackend } from "../src/backend";
import { fakeBackend, type FakeBackend } from "../src/backend/fake";
import { keywellSettings } from "../src/state/keywell-settings.svelte";
import { overview } from "../src/state/overview.svelte";
import { palette } from "../src/state/palette.svelte";
import { reach } from "../src/state/reach.svelte";
import { setupSource } from "../src/state/setup-source.svelte";
import { toasts } from "../src/state/toasts.svelte";
import { words } from "../src/words";
import { readViews } from "../src/views/later.svelte";

// A busy machine takes its time to read them, which no test is about.
await readViews();

let backend: FakeBackend;
/** From when on nothing is answered any more, so that no late answer reaches the next page. */
let silent = false;

const element = (hook: string) => document.querySelector<HTMLElement>(/^[\w.-]+$/.test(hook) ? `[data-test="${hook}"]` : hook);

const seen = (hook: string) =>
  waitFor(
    () => {
      const found = element(hook);
      if (!found) throw new Error(`${hook} is not there`);
      return found;
    },
    { onTimeout: (why) => new Error(why.message.split("\n")[0]) },
  );

/** All that is drawn, with what fields hold; what only the system draws, such as its clipboard, is not among it. */
function drawn(): string {
  const fields = [...document.querySelectorAll("input, select, textarea")].map((field) => (field as HTMLInputElement).value);
  const open = [...document.querySelectorAll("dialog")].map((dialog) => dialog.open);
  return JSON.stringify([document.body.innerHTML, document.documentElement.outerHTML.slice(0, 300), fields, open, location.hash]);
}

/** Clicks, and gives whether anything that is drawn has changed when the click has been handled. */
function answers(target: HTMLElement): boolean {
  silent = true;
  const before = drawn();
  target.click();
  flushSync();
  return drawn() !== before;
}

async function open(hash: string): Promise<void> {
  const fake = fakeBackend({ world: "full" });
  backend = fake;
  silent = false;
  useBackend({
    ...fake,
    call: (command, request) => (silent ? new Promise<never>(() => undefined) : fake.call(command, request)),
    stream: (command, request, onEvent) => (silent ? new Promise<never>(() => undefined) : fake.stream(command, request, onEvent)),
  });
  // What the last click led to comes first.
  await new Promise((done) => setTimeout(done));
  location.hash = hash;
  await new Promise((done) => setTimeout(done));
  render(App);
  await waitFor(() => expect(element("open-palette")).not.toBeNull());
  await waitFor(() => expect(overview.value).not.toBeNull());
}

/** Fills a field as a person would. */
async function fill(hook: string, text: string): Promise<void> {
  const field = (await seen(hook)) as HTMLInputElement;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  flushSync();
}

/** What outlives a page. */
function forget(): void {
  overview.value = null;
  overview.failure = null;
  reach.profile = null;
  palette.open = false;
  setupSource.current = { kind: "choose" };
  keywellSettings.clear();
  toasts.shown = [];
  localStorage.clear();
}

beforeEach(forget);
afterEach(cleanup);

/** A page, and something that shows that it is there. */
const PAGES: Array<[hash: string, there: string]> = [
  ["#/welcome", "first-run-practise"],
  ["#/profiles", "profile-row-media"],
  ["#/profiles/default", "profile-bucket-harbour-backups"],
  ["#/profiles/old-laptop", "profile-move-now"],
  ["#/profiles/harbour-prod", "profile-use"],
  ["#/keys", "keys-user-nas"],
  ["#/keys/ci-deploy", "key-limit"],
  ["#/keys/marta.lindqvist", "key-create-slot"],
  ["#/buckets", "bucket-row-harbour-empty"],
  ["#/buckets/harbour-empty", "bucket-upload-first"],
  ["#/buckets/harbour-web-assets", "object-row-index.html"],
  ["#/transfers", "transfers-to-buckets"],
  ["#/settings", "practice-start"],
  ["#/health", "open-migration"],
  ["#/rotation/default", "rotation"],
  ["#/rotation/harbour-prod", "rotation-look"],
  ["#/access/harbour-media-originals", '[data-test="access-run"]:enabled'],
  ["#/history", "history"],
  ["#/setup", "setup-paste"],
];

/** What stands on every page is tried on one. */
const SHELL_ON = "#/profiles";
const isShell = (one: Element) => one.closest("aside.side") !== null;

/** It is on show and can be pressed, and a press does more than bring it about that it is pressed. */
function pressable(one: HTMLElement): boolean {
  const is = (selector: string) => one.matches(selector);
  return !is(":disabled") && !is('[role="tab"][aria-selected="true"], [role="radio"][aria-checked="true"]') && one.closest("dialog:not([open])") === null;
}

/** Links are the browser's own work. */
const buttons = (hash: string) => [...document.querySelectorAll<HTMLElement>("button")].filter((one) => pressable(one) && (!isShell(one) || hash === SHELL_ON));

const called = (one: HTMLElement) => one.dataset["test"] ?? one.getAttribute("aria-label") ?? one.textContent?.trim() ?? "";

test.each(PAGES)("on %s every button answers at once", async (hash, there) => {
  await open(hash);
  await seen(there);
  const amount = buttons(hash).length;
  const silent: string[] = [];
  for (let at = 0; at < amount; at += 1) {
    if (at > 0) {
      cleanup();
      forget();
      await open(hash);
      await seen(there);
    }
    const one = buttons(hash)[at];
    if (!one) continue;
    const name = called(one);
    if (!answers(one)) silent.push(name);
  }
  expect(silent).toEqual([]);
  expect(amount).toBeGreaterThan(0);
});

type Step = string | [field: string, text: string];

/** The action, and what has to be clicked or filled first. */
const ACTIONS: Array<[action: string, hash: string, before: Step[]]> = [
  ["profile-menu-use", "#/profiles", ["profile-row-media-menu"]],
  ["profile-menu-mark", "#/profiles", ["profile-row-media-menu"]],
  ["profile-menu-copy-name", "#/profiles", ["profile-row-media-menu"]],
  ["profile-new-run", "#/profiles", ["profile-new-open", ["profile-new", "film"]]],
  ["profile-name-run", "#/profiles/media", ["profile-menu", "profile-rename", ["profile-new-name", "film"]]],
  ["profile-remove-run", "#/profiles/media", ["profile-menu", "profile-remove"]],
  ["profile-group-run", "#/profiles", ["profile-row-media-menu", "profile-menu-group", ["profile-group", "work"]]],
  ["profile-export-run", "#/profiles", ["profiles-more", "profiles-export"]],
  ["profile-import-choose", "#/profiles", ["profiles-more", "profiles-import"]],
  ["profile-import-run", "#/profiles", ["profiles-more", "profiles-import", "profile-import-choose", '[data-test="profile-import-run"]:enabled']],
  ["section-change-run", "#/profiles", ["profiles-more", "profiles-sections", "section-remove-ssoSession-harbour", '[data-test="section-change-run"]:enabled']],
  ["settings-save", "#/profiles/default", ["tab-settings", ["setting-region", "eu-west-1"], '[data-test="settings-save"]:enabled']],
  ["key-deactivate", "#/keys/marta.lindqvist", ['[data-test^="key-AKIA"][data-test$="-menu"]']],
  ["key-create-run", "#/keys/marta.lindqvist", ["key-create-slot", ["key-create-profile", "another"]]],
  ["key-delete-dialog-run", "#/keys/ci-deploy", ["key-limit-delete", ["key-delete-dialog-type", "LOY2"]]],
  ["mfa-run", "#/keys/marta.lindqvist", ["mfa-add", ["mfa-name", "second-phone"]]],
  ["mfa-show", "#/keys/marta.lindqvist", ["mfa-add", ["mfa-name", "second-phone"], "mfa-run"]],
  ["vault-move-run", "#/settings", ["vault-move-open"]],
  ["backup-run", "#/settings", ["backup-open", ["passphrase-new", "correct horse"], ["passphrase-again", "correct horse"]]],
  ["bucket-create-run", "#/buckets", ["bucket-create", ["bucket-create-name", "films"]]],
  ["bucket-delete-dialog-run", "#/buckets", ["bucket-harbour-empty-menu", "bucket-delete", ["bucket-delete-dialog-type", "harbour-empty"]]],
  ["object-download", "#/buckets/harbour-web-assets", ["object-row-index.html"]],
  ["share-run", "#/buckets/harbour-web-assets", ["object-row-index.html", "object-share"]],
  ["object-delete-dialog-run", "#/buckets/harbour-web-assets", ["object-row-index.html", "object-delete"]],
  ["diagnostics-save", "#/settings", ["diagnostics", '[data-test="diagnostics-save"]:enabled']],
  ["setup-continue", "#/setup", ["setup-paste", ["setup-key-id", "AKIAIOSFODNN7EXAMPLE"], ["setup-secret", "x".repeat(40)]]],
  ["setup-run", "#/setup", ["setup-csv", ["setup-profile", "film"], '[data-test="setup-run"]:enabled']],
  ["setup-delete-csv", "#/setup", ["setup-csv", ["setup-profile", "film"], '[data-test="setup-run"]:enabled', "setup-run"]],
  ["toast-undo", "#/profiles", ["profile-row-media-menu", "profile-menu-mark"]],
  ["console-open", "#/welcome", ["first-run-console"]],
  ["downloads-watch", "#/welcome", ["first-run-console"]],
];

test.each(ACTIONS)("%s answers at once", async (action, hash, before) => {
  await open(hash);
  for (const step of before) {
    if (Array.isArray(step)) await fill(...step);
    else if (step.includes(":enabled")) await seen(step);
    else (await seen(step)).click();
    flushSync();
  }
  const one = await seen(`[data-test="${action}"]:not(:disabled, [aria-disabled="true"])`);
  expect(answers(one)).toBe(true);
});

test("work that a dialog began can be left alone, and its failure is told all the same", async () => {
  await open("#/buckets");
  let refuse: ((why: unknown) => void) | null = null;
  backend.on("bucket_delete", () => new Promise((_, reject) => (refuse = reject)));
  (await seen("bucket-harbour-empty-menu")).click();
  (await seen("bucket-delete")).click();
  await fill("bucket-delete-dialog-type", "harbour-empty");
  (await seen('[data-test="bucket-delete-dialog-run"]:enabled')).click();
  flushSync();
  expect(element("bucket-delete-dialog-keep")?.textContent?.trim()).toBe(words.closeMeanwhile);
  element("bucket-delete-dialog-keep")!.click();
  await waitFor(() => expect(element("bucket-delete-dialog-run")).toBeNull());
  await waitFor(() => expect(refuse).not.toBeNull());
  expect(element("toast")).toBeNull();
  refuse!({ code: "network.timeout", message: "S3 did not answer.", cause: "", hint: "Try it again." });
  await waitFor(() => expect(element("toast")?.textContent).toContain("S3 did not answer."));
});

test("a page that is read again can be told to wait no longer, and keeps what it had", async () => {
  await open("#/keys");
  await seen("keys-user-nas");
  silent = true;
  (await seen("keys-reload")).click();
  flushSync();
  element("keys-reload-stop")!.click();
  flushSync();
  expect(element("keys-reload")).not.toBeNull();
  expect(element("keys-user-nas")).not.toBeNull();
});
