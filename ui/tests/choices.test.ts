// The parts that open a list, by mouse and by keyboard.
import { cleanup, fireEvent, render, waitFor } from "@testing-library/svelte";
import { afterEach, describe, expect, test } from "vitest";

import { isTyping } from "../src/parts/dom";
import { lists } from "../src/parts/lists.svelte";
import { hook, there } from "./page";
import Choices from "./Choices.svelte";

const REGIONS = ["eu-north-1", "eu-west-1", "us-east-1"];
const options = REGIONS.map((value) => ({ value, label: `Label of ${value}` }));
const many = Array.from({ length: 500 }, (_, at) => ({ value: `bucket-${at}` }));

const shown = () => [...document.querySelectorAll('[role="option"]:not([aria-disabled])')].map((one) => (one as HTMLElement).dataset["value"]);
const key = (name: string, ...keys: string[]) => keys.reduce((before, key) => before.then(async () => void (await fireEvent.keyDown(hook(name)!, { key }))), Promise.resolve());
const input = () => hook<HTMLInputElement>("combo")!;
const typed = (value: string) => fireEvent.input(input(), { target: { value } });
const closed = () => waitFor(() => expect(document.querySelector('[role="listbox"]')).toBeNull());

afterEach(cleanup);

function open({ state = { value: "eu-west-1" }, ...props }: { state?: { value: string }; [prop: string]: unknown }) {
  render(Choices, { options, ...props, state });
  return state;
}

describe("a field with choices", () => {
  test("shows all of them when it is clicked, and marks the one that holds", async () => {
    open({});
    await fireEvent.click(input());
    await waitFor(() => expect(shown()).toEqual(REGIONS));
    expect(document.querySelector('[aria-selected="true"]')?.textContent).toContain("eu-west-1");
  });

  test("finds by what is typed, and Enter takes the first", async () => {
    const state = open({});
    await typed("usea");
    await waitFor(() => expect(shown()).toEqual(["us-east-1"]));
    await waitFor(() => expect(input().getAttribute("aria-activedescendant")).not.toBeNull());
    await key("combo", "Enter");
    expect(state.value).toBe("us-east-1");
    expect(input().value).toBe("us-east-1");
    await closed();
  });

  test.each([true, false])("keeps what held when Enter takes it anew (free: %s)", async (free) => {
    const state = open({ free });
    await typed("eu-we");
    await waitFor(() => expect(shown()[0]).toBe("eu-west-1"));
    await waitFor(() => expect(input().getAttribute("aria-activedescendant")).not.toBeNull());
    await key("combo", "Enter");
    expect([state.value, input().value]).toEqual(["eu-west-1", "eu-west-1"]);
    await closed();
  });

  test("forgets what was typed on Escape, and no dialog around it hears of it", async () => {
    const state = open({ free: true });
    await typed("mars-1");
    await there("combo");
    const escape = new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true });
    input().dispatchEvent(escape);
    await closed();
    expect(escape.defaultPrevented).toBe(true);
    expect([state.value, input().value]).toEqual(["eu-west-1", "eu-west-1"]);
  });

  test.each([
    [true, "mars-1"],
    [false, "eu-west-1"],
  ])("keeps a value of its own only where it may (free: %s)", async (free, held) => {
    const state = open({ free });
    await typed(" mars-1 ");
    await fireEvent.focusOut(input());
    expect([state.value, input().value]).toEqual([held, held]);
  });

  test("takes on Enter what fits nothing, where it may", async () => {
    const state = open({ free: true });
    await typed("mars-1");
    await waitFor(() => expect(document.querySelector('[role="option"]')?.textContent).toBe("Nothing fits"));
    await key("combo", "Enter");
    expect(state.value).toBe("mars-1");
  });

  test("draws some of many and says how many more there are", async () => {
    open({ options: many });
    await fireEvent.click(input());
    await waitFor(() => expect(shown().length).toBe(200));
    expect(document.querySelector('[role="listbox"]')?.textContent).toContain("300 more. Type to find them.");
    expect(shown()).not.toContain("bucket-400");
    await typed("bucket-499");
    await waitFor(() => expect(shown()).toEqual(["bucket-499"]));
  });
});

test("what holds is drawn among many, wherever it stands", async () => {
  open({ options: many, state: { value: "bucket-400" } });
  await fireEvent.click(input());
  await waitFor(() => expect(shown().length).toBe(201));
  expect(document.querySelector('[aria-selected="true"]')?.textContent).toContain("bucket-400");
});

describe("a choice of few", () => {
  test("draws all, however many, since nothing can be typed to find the others", async () => {
    open({ select: true, options: many });
    await fireEvent.keyDown(hook("choice")!, { key: "Enter" });
    await waitFor(() => expect(shown().length).toBe(500));
  });

  test("is made with the keyboard alone", async () => {
    const state = open({ select: true });
    const button = hook<HTMLButtonElement>("choice")!;
    expect(button.textContent).toContain("Label of eu-west-1");
    button.focus();
    await key("choice", "ArrowDown");
    await waitFor(() => expect(button.getAttribute("aria-activedescendant")).not.toBeNull());
    await key("choice", "ArrowDown", "Enter");
    expect(state.value).toBe("us-east-1");
    expect(button.textContent).toContain("Label of us-east-1");
  });

  test("takes the letters that are typed on it, so that they are no shortcuts", () => {
    open({ select: true });
    const typing: boolean[] = [];
    const listen = (event: Event) => typing.push(isTyping(event));
    addEventListener("keydown", listen);
    for (const target of [hook("choice")!, document.body]) target.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true }));
    removeEventListener("keydown", listen);
    expect(typing).toEqual([true, false]);
  });

  test("stays when the same is chosen again", async () => {
    const state = open({ select: true });
    await fireEvent.keyDown(hook("choice")!, { key: "Enter" });
    await fireEvent.pointerUp(await there("choice-eu-west-1"));
    expect(state.value).toBe("eu-west-1");
    await closed();
  });
});

describe("a button whose list is not read yet, as at the start", () => {
  const read = lists.read;
  afterEach(() => {
    lists.read = read;
  });

  test.each([
    ["choice", { select: true }, '[role="listbox"]'],
    ["menu", { menu: true }, '[role="menu"]'],
    ["explained", { explains: true }, '[role="dialog"]'],
  ])("opens it as soon as it is: %s", async (name, props, list) => {
    lists.read = null;
    open(props);
    const button = name === "explained" ? document.querySelector<HTMLButtonElement>("button.what")! : hook<HTMLButtonElement>(name)!;
    expect(button.getAttribute("aria-expanded")).toBe("false");
    await fireEvent.click(button);
    expect(document.querySelector(list)).toBeNull();
    lists.read = read;
    await waitFor(() => expect(document.querySelector(list)).not.toBeNull());
    // The same button, so that it keeps the focus.
    expect(button.isConnected).toBe(true);
    expect(button.getAttribute("aria-expanded")).toBe("true");
  });
});

test("a letter goes to the entry of a menu that begins with it, and Enter takes it", async () => {
  const state = open({ menu: true });
  await fireEvent.keyDown(hook("menu")!, { key: "Enter" });
  const entry = () => document.activeElement?.closest('[role="menuitem"]')?.textContent;
  await waitFor(() => expect(entry()).toContain("Copy"));
  await fireEvent.keyDown(document.activeElement!, { key: "r" });
  await waitFor(() => expect(entry()).toContain("Remove"));
  await fireEvent.keyDown(document.activeElement!, { key: "Enter" });
  await waitFor(() => expect(state.value).toBe("removed"));
  await waitFor(() => expect(document.querySelector('[role="menu"]')).toBeNull());
  expect(document.activeElement).toBe(hook("menu"));
});

test("a dialog stays when a press began in it and ended beside it, as when words are selected", async () => {
  render(Choices, { options, dialog: true, state: { value: "eu-west-1" } });
  const dialog = await there<HTMLDialogElement>("dialog");
  await fireEvent.pointerDown(dialog.querySelector("h2")!);
  await fireEvent.click(dialog);
  expect(dialog.open).toBe(true);
  await fireEvent.pointerDown(dialog);
  await fireEvent.click(dialog);
  expect(dialog.open).toBe(false);
});
