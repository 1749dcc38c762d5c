import { fireEvent, waitFor } from "@testing-library/svelte";
import { describe, expect, it, test } from "vitest";

import type { ObjectPage, ObjectRow, TransferRow } from "../src/backend";
import { crumbs, Folder, kindOf, parentPrefix } from "../src/state/folder.svelte";
import { descriptionProblem, freeProfileName } from "../src/state/spare-key";
import { inOrder, secondsLeft, totals } from "../src/state/transfer-totals";
import { backend, called, click, hook, isOff, open, there, type } from "./page";

test.each([
  ["Nightly upload, to S3", ","],
  ["ends with a line\n", "\n"],
  ["Sävsjö 3: a/b=c+d-e@f_g.h", null],
  ["wide\u3000and\u00a0fast", null],
])("the description %j is judged by IAM's alphabet", (text, odd) => {
  const problem = descriptionProblem(text);
  expect(problem && "odd" in problem ? problem.odd : null).toBe(odd);
});

test("a new profile's name is the user's, made fit and not taken", () => {
  expect(freeProfileName("marta+x@example.org", [])).toBe("marta-x-example.org");
  expect(freeProfileName("nas", ["nas", "nas-2"])).toBe("nas-3");
  expect(freeProfileName("日本", [])).toBe("new-key");
});

describe("the path of a folder", () => {
  it("names every folder, also those without a name", () => {
    expect(crumbs("a//b/")).toEqual([{ name: "a", prefix: "a/" }, { name: "/", prefix: "a//" }, { name: "b", prefix: "a//b/" }]);
    expect(crumbs("")).toEqual([]);
  });
  it("leads one up", () => {
    expect([parentPrefix("a/b/"), parentPrefix("a/"), parentPrefix("")]).toEqual(["a/", "", ""]);
  });
});

test("a name's ending chooses its picture", () => {
  expect(["a.NEF", "b.mov", "c.tar.gz", "README", ".gz", "d.jpeg/x"].map(kindOf)).toEqual(["image", "film", "box", "file", "box", "file"]);
});

describe("the board's totals", () => {
  const row = (change: Partial<TransferRow>): TransferRow => ({
    id: "1", direction: "upload", state: "running", name: "a", profile: "p", bucket: "b", key: "a", path: "/a", bytesDone: 0, bytesTotal: 100, bytesPerSecond: 0, checksum: null, failure: null, started: null, ended: null, ...change,
  });
  it("count only what is not over, and both directions apart", () => {
    const sum = totals([
      row({ bytesDone: 50, bytesPerSecond: 10 }),
      row({ direction: "download", bytesPerSecond: 5 }),
      row({ state: "waiting" }),
      row({ state: "done", bytesDone: 100 }),
      row({ state: "failed", bytesPerSecond: 99 }),
    ]);
    expect(sum).toMatchObject({ running: 2, waiting: 1, done: 1, failed: 1, bytesDone: 50, bytesTotal: 300, up: 10, down: 5 });
    expect(sum.secondsLeft).toBeCloseTo(250 / 15);
  });
  it("promise no end while nothing moves", () => {
    expect(secondsLeft(100, 0)).toBeNull();
    expect(totals([row({ state: "done" })]).secondsLeft).toBeNull();
  });
  it("put what moves first and what ended last, the newest of it first", () => {
    const rows = [row({ id: "old", state: "done" }), row({ id: "new", state: "done" }), row({ id: "bad", state: "failed" }), row({ id: "next", state: "waiting" }), row({ id: "now" })];
    expect(inOrder(rows).map(({ id }) => id)).toEqual(["now", "next", "bad", "new", "old"]);
  });
});

describe("a folder", () => {
  const object = (key: string): ObjectRow => ({ key, size: 1, modified: null, storageClass: "STANDARD" });
  it("keeps folders above objects over several pages, and names nothing twice", async () => {
    backend.on("object_list", (_, { continuation }) =>
      continuation === null
        ? { prefix: "p/", folders: ["p/a/"], objects: [object("p/1"), object("p/")], continuation: "c", region: null }
        : { prefix: "p/", folders: ["p/b/"], objects: [object("p/1"), object("p/2")], continuation: null, region: "eu-north-1" },
    );
    const folder = new Folder();
    await folder.open("default", "b", "p/");
    expect(folder.hasMore).toBe(true);
    await folder.more();
    expect(folder.entries.map((entry) => [entry.key, entry.name])).toEqual([["p/a/", "a"], ["p/b/", "b"], ["p/1", "1"], ["p/", "/"], ["p/2", "2"]]);
    expect([folder.hasMore, folder.region]).toEqual([false, "eu-north-1"]);
  });
  it("drops the answer for a folder that was left", async () => {
    let first: (page: ObjectPage) => void = () => undefined;
    const page = (prefix: string): ObjectPage => ({ prefix, folders: [], objects: [object(`${prefix}x`)], continuation: null, region: null });
    backend.on("object_list", (_, { prefix }) => (prefix === "slow/" ? new Promise((done) => (first = done)) : page(prefix)));
    const folder = new Folder();
    const left = folder.open("default", "b", "slow/");
    await folder.open("default", "b", "quick/");
    await waitFor(() => expect(called("object_list")).toHaveLength(2));
    first(page("slow/"));
    await left;
    expect(folder.entries.map((entry) => entry.key)).toEqual(["quick/x"]);
  });
});

test("a key is deactivated at once, and Undo activates it again", async () => {
  open("#/keys/media-uploader");
  await click("key-AKIAPRACTICE00MEDIA0-menu");
  await click("key-deactivate");
  expect(hook("key-AKIAPRACTICE00MEDIA0")?.dataset["active"]).toBe("false");
  await click("toast-undo");
  await waitFor(() => expect(called("key_set_status").map((request) => (request as { active: boolean }).active)).toEqual([false, true]));
  expect(hook("key-AKIAPRACTICE00MEDIA0")?.dataset["active"]).toBe("true");
  await waitFor(() => expect(hook("toast")?.textContent).toContain("Activated"));
});

test("a key that AWS does not let go of is shown active again", async () => {
  backend.on("key_set_status", () => {
    throw { code: "aws.access_denied", message: "Not allowed.", cause: "", hint: "" };
  });
  open("#/keys/media-uploader");
  await click("key-AKIAPRACTICE00MEDIA0-menu");
  await click("key-deactivate");
  await waitFor(() => expect(hook("toast")?.textContent).toContain("Not allowed."));
  expect(hook("key-AKIAPRACTICE00MEDIA0")?.dataset["active"]).toBe("true");
});

test("a user with two keys gets a way out instead of a third, and the typed end of the key's ID deletes it", async () => {
  open("#/keys/ci-deploy");
  await click("key-limit-delete");
  expect((hook("key-create") as HTMLButtonElement).disabled).toBe(true);
  expect(((await there("key-delete-dialog-run")) as HTMLButtonElement).disabled).toBe(true);
  await type("key-delete-dialog-type", "LOY2");
  await click("key-delete-dialog-run");
  await waitFor(() => expect(hook("key-AKIAPRACTICE0DEPLOY2")).toBeNull());
  expect(hook("key-limit")).toBeNull();
});

test("an active key can not be deleted before it is inactive", async () => {
  open("#/keys/media-uploader");
  await click("key-AKIAPRACTICE00MEDIA0-menu");
  expect(await isOff("key-delete")).toBe(true);
});

test("a key is created into a profile, and a taken profile name is refused while it is typed", async () => {
  open("#/keys/nas");
  await click("key-create-slot");
  await type("key-create-profile", "media");
  expect(((await there("key-create-run")) as HTMLButtonElement).disabled).toBe(true);
  await type("key-create-profile", "backup-nas");
  await click("key-create-run");
  await there("key-create-done");
  expect(called("key_create")[0]).toMatchObject({ profile: "default", user: "nas", newProfile: { name: "backup-nas", region: "eu-north-1" } });
  await waitFor(() => expect(backend.world.overview.profiles.map((row) => row.name)).toContain("backup-nas"));
});

test("a profile that may not list buckets opens one by name", async () => {
  backend.world.overview.profileInUse = "old-laptop";
  open("#/buckets");
  await there("buckets-denied");
  await type("buckets-by-name-name", "harbour-backups");
  await click("buckets-by-name-open");
  await waitFor(() => expect(location.hash).toBe("#/buckets/harbour-backups"));
});

test("a bucket is created only under a good name, and its settings are read back", async () => {
  open("#/buckets");
  await click("bucket-create");
  await type("bucket-create-name", "Bad_Name");
  await waitFor(() => expect(document.querySelector(".hint.bad")).not.toBeNull());
  await type("bucket-create-name", "tides-2026");
  await waitFor(() => expect(called("bucket_check_name")).toHaveLength(2));
  await click("bucket-create-run");
  expect((await there("bucket-settings")).textContent).toContain("Blocked");
  await there("bucket-row-tides-2026");
});

test("objects are chosen with Shift and Control, and all chosen ones go", async () => {
  open("#/buckets/harbour-media-originals/raw/2026");
  location.hash = "#/buckets/harbour-media-originals/raw/2026/";
  const row = (number: number) => there(`object-row-raw/2026/DSC_${number}.NEF`);
  await fireEvent.click(await row(8401));
  await fireEvent.click(await row(8403), { shiftKey: true });
  await fireEvent.click(await row(8402), { ctrlKey: true });
  await click("object-delete");
  await click("object-delete-dialog-run");
  await waitFor(() => expect(hook("object-row-raw/2026/DSC_8401.NEF")).toBeNull());
  expect(called("object_delete")[0]).toMatchObject({ keys: ["raw/2026/DSC_8401.NEF", "raw/2026/DSC_8403.NEF"], folders: [] });
  expect(await row(8402)).not.toBeNull();
});

test("a folder goes only after its name was typed", async () => {
  open("#/buckets/harbour-media-originals");
  await fireEvent.click(await there("object-row-film/"));
  await click("object-delete");
  expect(((await there("object-delete-dialog-run")) as HTMLButtonElement).disabled).toBe(true);
  await type("object-delete-dialog-type", "film");
  await click("object-delete-dialog-run");
  await waitFor(() => expect(called("object_delete")[0]).toMatchObject({ keys: [], folders: ["film/"] }));
});

test("dropped files are uploaded after the names that are taken were asked about, with the same files", async () => {
  open("#/buckets/harbour-media-originals");
  await there("object-row-readme.txt");
  await backend.drag({ kind: "drop", paths: ["/home/m/readme.txt", "/home/m/new.txt"] });
  await click("conflict-keep-both");
  await waitFor(() => expect(called("upload")).toHaveLength(2));
  expect(called("upload")[1]).toMatchObject({ paths: ["/home/m/readme.txt", "/home/m/new.txt"], onConflict: "keepBoth" });
  await waitFor(() => expect(backend.world.transfers.map((row) => row.name)).toEqual(["readme (2).txt", "new.txt"]));
});

test("the picker's files are not asked for twice when names are taken", async () => {
  backend.world.objects["harbour-empty"] = [{ key: "quay.jpg", size: 1, modified: null, storageClass: "STANDARD" }];
  open("#/buckets/harbour-empty");
  await there("object-row-quay.jpg");
  await click("bucket-upload");
  await click("conflict-replace");
  await waitFor(() => expect(called("upload")[1]).toMatchObject({ paths: ["/home/marta/Pictures/quay.jpg", "/home/marta/Pictures/harbour.jpg"], onConflict: "replace" }));
});

test("a file with access keys dropped on a bucket begins a set-up and is never uploaded", async () => {
  open("#/buckets/harbour-media-originals");
  await there("object-row-readme.txt");
  await backend.drag({ kind: "drop", paths: ["/home/m/admin_accessKeys.csv"] });
  await waitFor(() => expect(location.hash).toBe("#/setup"));
  expect(called("upload")).toEqual([]);
});

test("a long folder draws only the rows in view and still lets the keyboard reach the last one", async () => {
  backend.world.objects["harbour-empty"] = Array.from({ length: 900 }, (_, at) => ({ key: `f${String(at).padStart(4, "0")}`, size: 1, modified: null, storageClass: "STANDARD" }));
  backend.on("object_list", (world, { bucket }) => ({ prefix: "", folders: [], objects: world.objects[bucket] ?? [], continuation: null, region: null }));
  open("#/buckets/harbour-empty");
  const first = await there("object-row-f0000");
  expect(document.querySelectorAll("[role=row]").length).toBeLessThan(100);
  expect(document.querySelector("[role=grid]")?.getAttribute("aria-rowcount")).toBe("901");
  first.focus();
  await fireEvent.keyDown(first, { key: "End" });
  await waitFor(() => expect(document.activeElement?.getAttribute("data-test")).toBe("object-row-f0899"));
});

test("a transfer's failure says what to do, and cancelling asks for exactly that one", async () => {
  const base = { direction: "upload" as const, profile: "default", bucket: "b", path: "/a", bytesDone: 1, bytesTotal: 2, bytesPerSecond: 1, checksum: null, started: null, ended: null };
  backend.world.transfers = [
    { ...base, id: "7", key: "a", name: "a", state: "running", failure: null },
    { ...base, id: "8", key: "b", name: "b", state: "failed", failure: { code: "transfer.source_missing", message: "The file is gone.", cause: "", hint: "Choose it again." } },
  ];
  open("#/transfers");
  expect((await there("transfer-failure")).textContent).toMatch(/The file is gone\..*Choose it again\./s);
  expect(hook("transfer-badge")?.textContent).toBe("1 · 50 %");
  await click("transfer-cancel");
  await waitFor(() => expect(called("transfer_cancel")).toEqual([{ id: "7" }]));
});

test("reading a folder again brings as many pages as were shown, and Load all ends with the last page", async () => {
  backend.on("object_list", (_, { continuation }) => {
    const page = Number(continuation ?? 0);
    return { prefix: "", folders: [], objects: [{ key: `k${page}`, size: 1, modified: null, storageClass: "STANDARD" }], continuation: page < 4 ? String(page + 1) : null, region: null };
  });
  const folder = new Folder();
  await folder.open("default", "b", "");
  await folder.more();
  await folder.reload();
  expect(folder.entries.map((entry) => entry.key)).toEqual(["k0", "k1"]);
  // One page is under way already when everything is asked for.
  void folder.more();
  await folder.all();
  expect(folder.entries.map((entry) => entry.key)).toEqual(["k0", "k1", "k2", "k3", "k4"]);
  expect([folder.hasMore, folder.loading]).toEqual([false, false]);
});

test("folders are walked by keyboard alone: Enter opens, Backspace goes one up, and the focus stays in the list", async () => {
  open("#/buckets/harbour-media-originals");
  const folder = await there("object-row-raw/");
  folder.focus();
  await fireEvent.keyDown(folder, { key: "Enter" });
  await waitFor(() => expect(document.activeElement?.getAttribute("data-test")).toBe("object-row-raw/2026/"));
  await fireEvent.keyDown(document.activeElement!, { key: "Backspace" });
  await waitFor(() => expect(document.activeElement?.getAttribute("data-test")).toBe("object-row-film/"));
  expect(location.hash).toBe("#/buckets/harbour-media-originals");
});
