import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test } from "vitest";

import App from "../src/App.svelte";
import { asFailure, useBackend } from "../src/backend";
import { fakeBackend, type FakeBackend } from "../src/backend/fake";
import type { WorldName } from "../src/backend/fake/world";
import { keywellSettings } from "../src/state/keywell-settings.svelte";
import { markAndSay } from "../src/state/mark-production";
import { overview, refreshOverview } from "../src/state/overview.svelte";
import { reach } from "../src/state/reach.svelte";
import { router } from "../src/state/router.svelte";
import { setupSource } from "../src/state/setup-source.svelte";
import { toastUndo, toasts } from "../src/state/toasts.svelte";
import ErrorPanel from "../src/parts/ErrorPanel.svelte";
import Field from "../src/parts/Field.svelte";
import HomeView from "../src/views/HomeView.svelte";
import { readViews } from "../src/views/later.svelte";

// A busy machine takes its time to read them, which no test is about.
await readViews();

let backend: FakeBackend;

function open(world: WorldName, hash = ""): void {
  backend = fakeBackend({ world });
  useBackend(backend);
  location.hash = hash;
  render(App);
}

/** The element with this hook, once it is there. */
const seen = (name: string) =>
  waitFor(() => {
    const element = hook(name);
    expect(element).not.toBeNull();
    return element!;
  });
const hook = (name: string) => document.querySelector<HTMLElement>(`[data-test="${name}"]`);

beforeEach(() => {
  overview.value = null;
  overview.failure = null;
  reach.profile = null;
  keywellSettings.clear();
  toasts.shown = [];
});
afterEach(cleanup);

test("a machine without profiles opens on the first run", async () => {
  open("fresh");
  await waitFor(() => expect(location.hash).toBe("#/welcome"));
  await seen("welcome");
});

test("a machine with profiles opens on their list", async () => {
  open("full");
  await waitFor(() => expect(hook("profile-row-harbour-prod")).not.toBeNull());
  expect(hook("profile-switcher")?.textContent).toContain("1111-2222-3333");
});

test("an answer that comes between the address and its page does not override the address", async () => {
  backend = fakeBackend({ world: "full" });
  useBackend(backend);
  location.hash = "";
  render(HomeView);
  router.route = { page: "transfers" };
  overview.value = structuredClone(backend.world.overview);
  await new Promise((done) => setTimeout(done));
  expect(router.route).toEqual({ page: "transfers" });
});

test("a production profile in use tints the window and says so, and its mark can be taken off and put back", async () => {
  open("full", "#/profiles/harbour-prod");
  await waitFor(() => expect(hook("profile-switcher")?.textContent).toContain("default"));
  expect(hook("app")?.classList).not.toContain("production");
  await backend.call("profile_use", { profile: "harbour-prod" });
  await refreshOverview();
  await waitFor(() => expect(hook("app")?.classList).toContain("production"));
  expect(hook("production-mark")?.textContent).toContain("Production");
  markAndSay("harbour-prod", false);
  await waitFor(() => expect(hook("app")?.classList).not.toContain("production"));
  await waitFor(() => expect(backend.world.overview.profiles.find((row) => row.name === "harbour-prod")?.production).toBe(false));
  await fireEvent.keyDown(window, { key: "z", ctrlKey: true });
  await waitFor(() => expect(backend.world.overview.profiles.find((row) => row.name === "harbour-prod")?.production).toBe(true));
  expect(hook("app")?.classList).toContain("production");
});

test("an unreadable folder is told with all four parts", async () => {
  open("broken", "#/profiles");
  await waitFor(() => expect(hook("error")?.dataset["code"]).toBe("files.permission"));
  expect(hook("error")?.textContent).toContain("sudo chown");
});

test("choosing another profile shows it at once and puts it back when that fails", async () => {
  open("full", "#/profiles");
  await waitFor(() => expect(hook("profile-row-media")).not.toBeNull());
  backend.on("profile_use", () => {
    throw { code: "files.locked", message: "Locked.", cause: "", hint: "" };
  });
  await fireEvent.click(hook("profile-switcher")!);
  await waitFor(() => expect(hook("use-profile-media")).not.toBeNull());
  await fireEvent.click(hook("use-profile-media")!);
  expect(hook("profile-switcher")?.textContent).toContain("media");
  await waitFor(() => expect(hook("profile-switcher")?.textContent).toContain("default"));
  await waitFor(() => expect(hook("toast")?.textContent).toContain("Locked."));
});

test("arrow keys move in the list and Enter opens the row", async () => {
  open("full", "#/profiles");
  await waitFor(() => expect(hook("profile-row-default")).not.toBeNull());
  const first = hook("profile-row-default")!;
  first.focus();
  await fireEvent.keyDown(first, { key: "ArrowDown" });
  expect(document.activeElement).toBe(hook("profile-row-harbour-prod"));
  await fireEvent.keyDown(document.activeElement!, { key: "Enter" });
  await waitFor(() => expect(location.hash).toBe("#/profiles/harbour-prod"));
});

test("the palette opens on Control K, finds a page and goes there", async () => {
  open("full", "#/profiles");
  await waitFor(() => expect(hook("profile-row-default")).not.toBeNull());
  await fireEvent.keyDown(window, { key: "k", ctrlKey: true });
  const query = await waitFor(() => hook("palette-query") as HTMLInputElement);
  await fireEvent.input(query, { target: { value: "transf" } });
  await fireEvent.keyDown(query, { key: "Enter" });
  await waitFor(() => expect(location.hash).toBe("#/transfers"));
});

test("a csv dropped anywhere begins a set-up", async () => {
  open("full", "#/buckets");
  await waitFor(() => expect(hook("buckets")).not.toBeNull());
  await backend.drag({ kind: "over", paths: ["/tmp/a_accessKeys.csv"] });
  await waitFor(() => expect(hook("drop-overlay")?.textContent).toContain("a_accessKeys.csv"));
  await backend.drag({ kind: "drop", paths: ["/tmp/a_accessKeys.csv"] });
  await waitFor(() => expect(location.hash).toBe("#/setup"));
  expect(setupSource.current).toEqual({ kind: "csv", path: "/tmp/a_accessKeys.csv" });
  expect(hook("drop-overlay")).toBeNull();
});

test("a message's undo calls the backend and then what comes after", async () => {
  open("full", "#/profiles");
  const removed = await backend.call("profile_remove", { profile: "media", forgetKey: false, successor: null });
  let after = false;
  toastUndo("Removed media", removed.undo, () => {
    after = true;
  });
  await waitFor(() => expect(hook("toast-undo")).not.toBeNull());
  await fireEvent.keyDown(window, { key: "z", ctrlKey: true });
  await waitFor(() => expect(after).toBe(true));
  expect(backend.world.overview.profiles.map((row) => row.name)).toContain("media");
});

test("what was thrown by something else than the backend still becomes a failure", () => {
  expect(asFailure(new TypeError("x is undefined"))).toMatchObject({ code: "page.unexpected", cause: "x is undefined" });
});

test("an error panel says what did not change and shows its code", () => {
  useBackend(fakeBackend());
  render(ErrorPanel, { failure: { code: "a.b", message: "M", cause: "C", hint: "H" }, unchanged: "Nothing was changed." });
  expect(screen.getByRole("alert").textContent).toMatch(/M.*C Nothing was changed\..*H.*a\.b/s);
});

test("a password field keeps what is typed in the element alone", async () => {
  render(Field, { label: "Secret", type: "password" });
  const input = screen.getByLabelText<HTMLInputElement>("Secret");
  await fireEvent.input(input, { target: { value: "abc" } });
  expect(input.value).toBe("abc");
  expect(input.getAttribute("value")).toBeNull();
});

test("the palette finds users and buckets of the account, whatever page is open", async () => {
  open("full", "#/profiles");
  await waitFor(() => expect(hook("profile-row-default")).not.toBeNull());
  await fireEvent.click(hook("open-palette")!);
  const query = (await seen("palette-query")) as HTMLInputElement;
  await waitFor(() => expect(reach.loading).toBe(false));
  await fireEvent.input(query, { target: { value: "ci-dep" } });
  await waitFor(() => expect(hook("palette-user-ci-deploy")).not.toBeNull());
  await fireEvent.input(query, { target: { value: "web-assets" } });
  await fireEvent.click(hook("palette-bucket-harbour-web-assets")!);
  await waitFor(() => expect(location.hash).toBe("#/buckets/harbour-web-assets"));
});

test("the palette leads to each part of the settings", async () => {
  open("full", "#/profiles");
  await waitFor(() => expect(hook("profile-row-default")).not.toBeNull());
  await fireEvent.click(hook("open-palette")!);
  const query = (await seen("palette-query")) as HTMLInputElement;
  await fireEvent.input(query, { target: { value: "settings network" } });
  await fireEvent.keyDown(query, { key: "Enter" });
  await waitFor(() => expect(location.hash).toBe("#/settings/network"));
  await waitFor(() => expect(document.activeElement?.id).toBe("settings-network-title"));
});

test("a setting is saved when it is chosen, and one that is refused holds up no other", async () => {
  open("full", "#/settings");
  const proxy = (await seen("settings-proxy")) as HTMLInputElement;
  await fireEvent.change(proxy, { target: { value: "proxy" } });
  await waitFor(() => expect(proxy.getAttribute("aria-invalid")).toBe("true"));
  await fireEvent.keyDown(hook("settings-clipboard")!, { key: "Enter" });
  await fireEvent.pointerUp(await seen("settings-clipboard-300"));
  await waitFor(() => expect(backend.world.settings).toMatchObject({ proxy: "", clipboardSeconds: 300 }));
  expect(proxy.value).toBe("proxy");
  expect(proxy.getAttribute("aria-invalid")).toBe("true");
  await fireEvent.change(proxy, { target: { value: "http://proxy.example.com:3128" } });
  await waitFor(() => expect(backend.world.settings.proxy).toBe("http://proxy.example.com:3128"));
  await waitFor(() => expect(proxy.getAttribute("aria-invalid")).toBeNull());
});

test("a setting that the environment decides says by which variable", async () => {
  backend = fakeBackend({ world: "full" });
  useBackend(backend);
  backend.on("settings_show", ({ settings }) => ({ settings, file: "f", problem: null, problems: [], overrides: [{ field: "caBundle", variable: "AWS_CA_BUNDLE" }, { field: "store", variable: "KEYWELL_STORE" }] }));
  location.hash = "#/settings";
  render(App);
  await waitFor(() => expect(hook("settings")?.textContent).toContain("AWS_CA_BUNDLE"));
  expect(hook("settings")?.textContent).toContain("KEYWELL_STORE");
});

test("diagnostics are shown before they are saved", async () => {
  backend = fakeBackend({ world: "full" });
  useBackend(backend);
  location.hash = "#/settings";
  render(App);
  await waitFor(() => expect(hook("diagnostics")).not.toBeNull());
  await fireEvent.click(hook("diagnostics")!);
  await waitFor(() => expect(hook("diagnostics-text")?.textContent).toContain("keychain"));
  await fireEvent.click(hook("diagnostics-save")!);
  await waitFor(() => expect(document.body.textContent).toContain("keywell-diagnostics.txt"));
});

test.each([
  ["#/buckets", "buckets"],
  ["#/keys", "keys"],
  ["#/keys/marta.lindqvist", "user"],
  ["#/buckets/harbour-backups", "bucket"],
  ["#/profiles/default", "profile"],
])("%s can be left while AWS never answers, and stops waiting when asked", async (hash, page) => {
  backend = fakeBackend({ world: "never" });
  useBackend(backend);
  location.hash = hash;
  render(App);
  await waitFor(() => expect(hook("loading-stop")).not.toBeNull());
  await fireEvent.click(hook("loading-stop")!);
  await waitFor(() => expect(hook("ask-again")).not.toBeNull());
  await fireEvent.click(hook("nav-transfers")!);
  await waitFor(() => expect(hook(page)).toBeNull());
});

test("a first look at the machine that never ends says so and can be asked for again", async () => {
  backend = fakeBackend({ world: "full" });
  useBackend(backend);
  backend.on("overview", () => new Promise(() => undefined));
  location.hash = "";
  render(App);
  await waitFor(() => expect(hook("loading-stop")).not.toBeNull());
  backend.on("overview", (world) => world.overview);
  await fireEvent.click(hook("loading-stop")!);
  await fireEvent.click(await seen("ask-again"));
  await waitFor(() => expect(hook("profile-row-default")).not.toBeNull());
});

test("500 profiles are counted, and only those in view are drawn", async () => {
  open("many", "#/profiles");
  await seen("profile-row-harbour-dev-1");
  const grid = document.querySelector('[role="grid"]')!;
  expect(grid.getAttribute("aria-rowcount")).toBe("501");
  expect(grid.querySelectorAll('[role="row"]').length).toBeLessThan(120);
});

test("a name of 200 characters can be read in full where it is cut", async () => {
  open("odd", "#/profiles");
  const long = backend.world.overview.profiles[0]!.name;
  expect(long.length).toBeGreaterThanOrEqual(200);
  const says = (within: string) => [...document.querySelectorAll<HTMLElement>(`${within} [title]`)].some((one) => one.title === long);
  await waitFor(() => expect(says('[role="gridcell"]')).toBe(true));
  expect(says('[data-test="profile-switcher"]')).toBe(true);
});

test("an error of 4,000 characters is folded, and all of it is there when asked for", async () => {
  open("odd", "#/buckets/harbour-broken");
  await waitFor(() => expect(hook("error")).not.toBeNull());
  expect(hook("error")!.textContent!.length).toBeLessThan(1000);
  await fireEvent.click(hook("error-unfold")!);
  expect(hook("error")!.textContent!.length).toBeGreaterThan(4000);
  expect(hook("error-unfold")?.getAttribute("aria-expanded")).toBe("true");
});
