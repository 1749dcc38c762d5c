import { fireEvent, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";

import { passphrase } from "../src/state/passphrase.svelte";
import { toast } from "../src/state/toasts.svelte";
import { click, hook, open, there } from "./page";

const inside = (name: string) => (hook(name)!.closest("dialog") as HTMLElement | null)?.dataset["test"];

beforeEach(() => {
  passphrase.wanted = null;
});

test("a message can be pressed and is read aloud while a dialog is open, and stays when it closes", async () => {
  open("#/profiles", "full");
  await there("app");
  expect(inside("toasts")).toBeUndefined();
  await click("open-palette");
  await there("palette-query");
  let pressed = 0;
  toast("Renamed.", { action: { label: "Undo", undoes: true, run: () => void (pressed += 1) } });
  await there("toast-undo");
  expect([inside("toasts"), inside("live")]).toEqual(["palette", "palette"]);
  expect(hook("toasts")!.getAttribute("popover")).toBe("manual");
  hook<HTMLDialogElement>("palette")!.close();
  await waitFor(() => expect(inside("toasts")).toBeUndefined());
  expect(hook("toasts")!.parentElement).toBe(document.querySelector("main"));
  expect(hook("toasts")!.getAttribute("popover")).toBeNull();
  await click("toast-undo");
  expect(pressed).toBe(1);
});

test("of two dialogs the upper one has the messages, and the lower one once that has closed", async () => {
  open("#/profiles", "full");
  await click("open-palette");
  await there("palette-query");
  passphrase.wanted = "existing";
  await waitFor(() => expect(inside("toasts")).toBe("passphrase-dialog"));
  passphrase.wanted = null;
  await waitFor(() => expect(inside("toasts")).toBe("palette"));
  await fireEvent(hook("palette")!, new Event("close"));
  await waitFor(() => expect(inside("toasts")).toBeUndefined());
});

test("a message outlives the page and the dialog that it came from", async () => {
  open("#/health", "full");
  await click("open-migration");
  await waitFor(() => expect(inside("toasts")).toBe("migration"));
  toast("Moved.");
  location.hash = "#/buckets";
  await waitFor(() => expect(inside("toasts")).toBeUndefined());
  expect(hook("toasts")!.isConnected).toBe(true);
  expect(hook("live")!.isConnected).toBe(true);
  await there("toast");
});
