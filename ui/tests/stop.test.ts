// What waits for AWS can be stopped, and what it left is read again.
import { waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";

import { backend, called, click, gone, hook, open, there, type } from "./page";

const never = () => new Promise<never>(() => undefined);
/** How often the list was asked for, and the stop was sent. */
const asked = (command: "bucket_list" | "object_list" | "task_cancel") => called(command).length;

test("a bucket's creation can be stopped, and the list is read again since it may be there", async () => {
  open("#/buckets");
  backend.on("bucket_create", never);
  await click("bucket-create");
  await type("bucket-create-name", "films-of-marta");
  await waitFor(() => expect(hook<HTMLButtonElement>("bucket-create-run")?.disabled).toBe(false));
  await click("bucket-create-run");
  const before = asked("bucket_list");
  await click("bucket-create-stop");
  await gone("bucket-create-stop");
  expect((await there("toast")).textContent).toContain("Stopped.");
  const { task } = called("bucket_create")[0] as { task: string };
  await waitFor(() => expect(called("task_cancel")).toContainEqual({ task }));
  await waitFor(() => expect(asked("bucket_list")).toBe(before + 1));
});

test("the deletion of a bucket can be stopped", async () => {
  open("#/buckets");
  backend.on("bucket_delete", never);
  await click("bucket-harbour-empty-menu");
  await click("bucket-delete");
  await type("bucket-delete-dialog-type", "harbour-empty");
  await click("bucket-delete-dialog-run");
  const before = asked("bucket_list");
  await click("bucket-delete-dialog-stop");
  await gone("bucket-delete-dialog-stop");
  await waitFor(() => expect(asked("task_cancel")).toBeGreaterThan(0));
  await waitFor(() => expect(asked("bucket_list")).toBe(before + 1));
});

test("the deletion of objects can be stopped, and the folder shows what is left", async () => {
  open("#/buckets/harbour-web-assets");
  backend.on("object_delete", never);
  await click("object-row-index.html");
  await click("object-delete");
  await click("object-delete-dialog-run");
  const before = asked("object_list");
  await click("object-delete-dialog-stop");
  await gone("object-delete-dialog-stop");
  await waitFor(() => expect(asked("object_list")).toBe(before + 1));
  expect(hook("object-row-index.html")).not.toBeNull();
});

test("who does not want to wait for the keys of all accounts sees at once that nobody waits, and can ask again", async () => {
  open("#/health", "never");
  await there("key-health-reading");
  const stop = document.querySelector<HTMLElement>('[data-test="key-health-reading"] [data-test="loading-stop"]');
  stop?.click();
  await gone("key-health-reading");
  await click("ask-again");
  await there("key-health-reading");
});

test("a change whose details could not be read is asked for again", async () => {
  open("#/history");
  const entry = { id: "1", at: new Date().toISOString(), text: "Made media", profile: "media", files: [], state: "done" as const, undoes: null };
  backend.world.history.unshift({ entry, diff: [], sealed: false, conflict: null });
  let refuse = true;
  backend.on("history_show", () => {
    if (refuse) throw { code: "internal", message: "It could not be read.", cause: "", hint: "" };
    return { entry, diff: [], sealed: false, conflict: null };
  });
  await there("error-retry");
  refuse = false;
  await click("error-retry");
  await gone("error-retry");
});
