import { cleanup, fireEvent, render, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test } from "vitest";

import { useBackend } from "../src/backend";
import { fakeBackend } from "../src/backend/fake";
import { tellCut } from "../src/parts/dom";
import { showAppearance } from "../src/state/appearance.svelte";
import { overview } from "../src/state/overview.svelte";
import Gallery from "../src/views/parts/Gallery.svelte";
import Time from "../src/parts/Time.svelte";
import Lists from "../src/views/parts/Lists.svelte";

const hook = (name: string) => document.querySelector<HTMLElement>(`[data-test="${name}"]`);

beforeEach(() => {
  useBackend(fakeBackend());
  overview.value = null;
  overview.failure = null;
});
afterEach(cleanup);

test("the page of parts draws every part", () => {
  const parts = Object.keys(import.meta.glob("../src/parts/*.svelte")).map((path) => path.replace(/^.*\/|\.svelte$/g, ""));
  // These hold other parts, belong to others or to the shell: pages show them.
  const elsewhere = ["Asked", "ChoiceList", "CopyButton", "Explanation", "FilterField", "Icon", "Kbd", "List", "MenuList", "Page", "PassOn", "SelectList", "SortHead", "Table", "Toasts"];
  const source = Object.values(import.meta.glob("../src/views/parts/Gallery.svelte", { query: "?raw", import: "default", eager: true }))[0] as string;
  expect(parts.filter((part) => !elsewhere.includes(part) && !source.includes(`<${part}`))).toEqual([]);
  render(Gallery);
  expect(document.querySelectorAll("section").length).toBeGreaterThan(15);
});

test("a long grid says how many rows it has and draws only some", () => {
  render(Lists);
  const grid = document.querySelector('[aria-label="A grid of 100,000 rows"]')!;
  expect(grid.getAttribute("aria-rowcount")).toBe("100001");
  expect(grid.getAttribute("aria-colcount")).toBe("3");
  const rows = [...grid.querySelectorAll('[role="row"]')];
  expect(rows.length).toBeLessThan(100);
  expect(rows[0]?.getAttribute("aria-rowindex")).toBe("1");
  expect(rows[1]?.getAttribute("aria-rowindex")).toBe("2");
});

test("End and Home reach rows that were not drawn", async () => {
  render(Lists);
  const first = hook("parts-grid-row-object-1")!;
  first.focus();
  await fireEvent.keyDown(first, { key: "End" });
  await waitFor(() => expect(document.activeElement).toBe(hook("parts-grid-row-object-100000")));
  expect(document.activeElement?.getAttribute("aria-rowindex")).toBe("100001");
  await fireEvent.keyDown(document.activeElement!, { key: "Home" });
  await waitFor(() => expect(document.activeElement).toBe(hook("parts-grid-row-object-1")));
});

test("a list is one stop of the Tab key, and Right and Left reach the buttons of a row", async () => {
  render(Lists);
  const list = document.querySelector('[aria-label="Rows with two lines"]')!;
  const stops = () => [...list.querySelectorAll<HTMLElement>('[tabindex="0"]')];
  expect(stops().map((one) => one.dataset["test"] ?? one.getAttribute("aria-label"))).toEqual(["parts-row-Normal", "More for Normal"]);
  const row = hook("parts-row-Normal")!;
  row.focus();
  await fireEvent.keyDown(row, { key: "ArrowRight" });
  expect(document.activeElement?.getAttribute("aria-label")).toBe("More for Normal");
  await fireEvent.keyDown(document.activeElement!, { key: "ArrowLeft" });
  expect(document.activeElement).toBe(row);
  await fireEvent.keyDown(row, { key: "ArrowDown" });
  expect(stops().map((one) => one.dataset["test"] ?? one.getAttribute("aria-label"))).toEqual(["parts-row-Selected", "More for Selected"]);
});

test("heads that sort say so, and turn round when pressed again", async () => {
  render(Lists);
  const table = hook("parts-table")!;
  const head = (name: string) => [...table.querySelectorAll("th")].find((one) => one.textContent?.includes(name));
  const names = () => [...table.querySelectorAll("tbody tr")].map((row) => row.firstElementChild?.textContent);
  expect(head("Size")?.getAttribute("aria-sort")).toBe("descending");
  expect(names()).toEqual(["Production", "Normal", "Selected"]);
  await fireEvent.click(head("Name")!.querySelector("button")!);
  expect([head("Name")?.getAttribute("aria-sort"), head("Size")?.getAttribute("aria-sort")]).toEqual(["ascending", null]);
  expect(names()).toEqual(["Normal", "Production", "Selected"]);
  await fireEvent.click(head("Name")!.querySelector("button")!);
  expect(names()).toEqual(["Selected", "Production", "Normal"]);
});

test("high contrast can be chosen, and left again", () => {
  const root = document.documentElement.dataset;
  showAppearance("contrast");
  expect([root["theme"], root["contrast"]]).toEqual(["light", "more"]);
  showAppearance("dark");
  expect([root["theme"], root["contrast"]]).toEqual(["dark", undefined]);
  showAppearance("system");
});

test("what is cut says its whole text when pointed at, and says the new one after a change", () => {
  document.body.innerHTML = '<b class="cut">a long name</b><b class="cut" title="Own">x</b>';
  const [cut, own] = [...document.querySelectorAll("b")];
  Object.defineProperty(cut, "scrollWidth", { value: 200 });
  const point = (element: Element | undefined) => tellCut({ target: element } as unknown as Event);
  point(cut);
  expect(cut?.title).toBe("a long name");
  cut!.textContent = "another long name";
  point(cut);
  expect(cut?.title).toBe("another long name");
  point(own);
  expect(own?.title).toBe("Own");
});

test("a time begins with a capital, but not within a line", () => {
  const said = (within: boolean) => render(Time, { value: Date.now() / 1000, within }).container.textContent;
  expect([said(false), said(true)]).toEqual(["Just now", "just now"]);
});
