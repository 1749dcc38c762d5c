import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test } from "vitest";

import App from "../src/App.svelte";
import { asFailure, useBackend } from "../src/backend";
import { fakeBackend, type FakeBackend } from "../src/backend/fake";
import { markAndSay } from "../src/state/mark-production";
import { overview, refreshOverview } from "../src/state/overview.svelte";
import { router } from "../src/state/router.svelte";
import { setupSource } from "../src/state/setup-source.svelte";
import { toastUndo, toasts } from "../src/state/toasts.svelte";
import ErrorPanel from "../src/parts/ErrorPanel.svelte";
import Field from "../src/parts/Field.svelte";
import HomeView from "../src/views/HomeView.svelte";

let backend: FakeBackend;

function open(world: "full" | "fresh" | "broken", hash = ""): void {
  backend = fakeBackend({ world });
  useBackend(backend);
  location.hash = hash;
  render(App);
}

const hook = (name: string) => document.querySelector<HTMLElement>(`[data-test="${name}"]`);

beforeEach(() => {
  overview.value = null;
  overview.failure = null;
  toasts.shown = [];
});
afterEach(cleanup);

test("a machine without profiles opens on the first run", async () => {
  open("fresh");
  await waitFor(() => expect(location.hash).toBe("#/welcome"));
  expect(hook("welcome")).not.toBeNull();
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
  backend.drag({ kind: "over", paths: ["/tmp/a_accessKeys.csv"] });
  await waitFor(() => expect(hook("drop-overlay")?.textContent).toContain("a_accessKeys.csv"));
  backend.drag({ kind: "drop", paths: ["/tmp/a_accessKeys.csv"] });
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
