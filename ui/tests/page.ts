// The whole page on a fake backend, with what a test has for eyes and hands. Importing it begins each test anew.
import { cleanup, fireEvent, render, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, expect } from "vitest";

import App from "../src/App.svelte";
import { useBackend } from "../src/backend";
import { fakeBackend, type FakeBackend } from "../src/backend/fake";
import type { WorldName } from "../src/backend/fake/world";
import { overview } from "../src/state/overview.svelte";
import { toasts } from "../src/state/toasts.svelte";
import { readViews } from "../src/views/later.svelte";

// A busy machine takes its time to read them, which no test is about.
await readViews();

/** The one that answers the page of this test. */
export let backend: FakeBackend;

export function use(world: WorldName): void {
  backend = fakeBackend({ world });
  // The board never ends by itself; in these tests it is shown once.
  backend.on("transfers_watch", ({ transfers }, _, emit) => {
    emit({ transfers });
    return null;
  });
  useBackend(backend);
}

/** At this address, in another world than the full one where it is named. */
export function open(hash: string, world?: WorldName): void {
  if (world) use(world);
  location.hash = hash;
  render(App);
}

export const hook = <E extends HTMLElement>(name: string) => document.querySelector<E>(`[data-test="${name}"]`);
export const hooks = (name: string) => [...document.querySelectorAll<HTMLElement>(`[data-test="${name}"]`)];
export const there = <E extends HTMLElement>(name: string) => waitFor(() => hook<E>(name) ?? Promise.reject(new Error(`no ${name}`)));
export const gone = (name: string) => waitFor(() => expect(hook(name)).toBeNull());
export const click = async (name: string) => fireEvent.click(await there(name));

/** Types over what stands there, and leaves the field. */
export async function type(name: string, value: string): Promise<void> {
  const field = await there(name);
  await fireEvent.input(field, { target: { value } });
  await fireEvent.focusOut(field);
}

/** Opens a Select or a Combo by its key, and takes one of its choices by the mouse. */
export async function choose(name: string, value: string): Promise<void> {
  await fireEvent.keyDown(await there(name), { key: "Enter" });
  const choice = await there(`${name}-${value}`);
  await fireEvent.pointerDown(choice, { button: 0 });
  await fireEvent.pointerUp(choice, { button: 0 });
}

/** Stands there in grey: a button, or an entry of a menu. */
export const isOff = async (name: string) => (await there(name)).matches(":disabled, [aria-disabled=true]");

/** What a command was asked for, each time. */
export const called = (command: string) => backend.calls.filter((call) => call.command === command).map((call) => call.request);

/** As if the program had just begun. */
export function forget(): void {
  overview.value = null;
  overview.failure = null;
  toasts.shown = [];
}

beforeEach(() => {
  forget();
  use("full");
});
afterEach(cleanup);
