import { describe, expect, it, test } from "vitest";

import { bitting } from "../src/state/bitting";
import { bytes, bytesOf } from "../src/state/bytes";
import { fuzzy, pieces } from "../src/state/fuzzy";
import { sparkline } from "../src/state/sparkline";
import { findInPalette, type PaletteItem } from "../src/state/palette.svelte";
import { href, parseRoute, sectionOf, type Route } from "../src/state/route";
import { accountNumber, initials, tileHue } from "../src/state/tile";
import { age, duration, exact, relative, toMilliseconds } from "../src/state/time";
import { withStep } from "../src/state/steps.svelte";

describe("routes", () => {
  const routes: Route[] = [
    { page: "rotation", profile: "harbour prod/eu" },
    { page: "home" },
    { page: "welcome" },
    { page: "setup", step: "" },
    { page: "setup", step: "no-key" },
    { page: "profiles" },
    { page: "profile", name: "a/b #?%" },
    { page: "keys" },
    { page: "user", user: "marta+x@example.org" },
    { page: "buckets" },
    { page: "bucket", bucket: "photos", prefix: "" },
    { page: "bucket", bucket: "photos", prefix: "/" },
    { page: "bucket", bucket: "photos", prefix: "raw//2026/ä %2F/" },
    { page: "transfers" },
    { page: "settings", section: "" },
    { page: "settings", section: "network" },
    { page: "parts" },
  ];
  it.each(routes)("come back from their own address: $page $name $prefix", (route) => {
    expect(parseRoute(href(route))).toEqual(route);
  });

  it("that can not be decoded lead nowhere, and are not thrown", () => {
    expect(parseRoute("#/profiles/%E0%A4%A")).toEqual({ page: "nowhere", hash: "#/profiles/%E0%A4%A" });
    expect(parseRoute("#/elsewhere")).toEqual({ page: "nowhere", hash: "#/elsewhere" });
  });

  it("belong to the side bar's entry that they are below", () => {
    expect(sectionOf({ page: "bucket", bucket: "b", prefix: "" })).toBe("buckets");
    expect(sectionOf({ page: "user", user: "u" })).toBe("keys");
  });
});

describe("fuzzy search", () => {
  it("marks a whole run in preference to scattered letters", () => {
    expect(fuzzy("prod", "harbour-prod-ci")?.ranges).toEqual([[8, 12]]);
  });
  it("finds letters at starts of words", () => {
    expect(fuzzy("sk", "Set up a key")?.ranges).toEqual([[0, 1], [9, 10]]);
  });
  it("wants every letter, in order", () => {
    expect(fuzzy("yek", "key")).toBeNull();
  });
  it("puts a start of a word before a middle", () => {
    const [start, middle] = [fuzzy("med", "media"), fuzzy("med", "armed")];
    expect(start?.score).toBeGreaterThan(middle?.score ?? 0);
  });
  it("cuts the text without losing any of it", () => {
    const cut = pieces("harbour-prod", [[8, 12]]);
    expect(cut).toEqual([{ text: "harbour-", marked: false }, { text: "prod", marked: true }]);
  });
  it("groups the palette in its fixed order", () => {
    const item = (id: string, group: PaletteItem["group"]): PaletteItem => ({ id, group, label: id, icon: "key", run: () => undefined });
    const found = findInPalette([item("keys", "pages"), item("kept", "profiles"), item("set up a key", "actions")], "ke");
    expect(found.map((hit) => hit.item.group)).toEqual(["actions", "profiles", "pages"]);
  });
});

describe("times", () => {
  const now = Date.parse("2026-11-22T04:00:00Z");
  const minute = 60_000;
  const day = 1440 * minute;
  test.each([
    [10_000, "just now"],
    [2 * minute, "2 min ago"],
    [59.8 * minute, "1 hour ago"],
    [5 * 60 * minute, "5 hours ago"],
    [day, "yesterday"],
    [3 * day, "3 days ago"],
    [90 * day, "3 months ago"],
    [800 * day, "2 years ago"],
    [-120 * minute, "in 2 hours"],
    [-day, "tomorrow"],
  ])("%i ms before now read as %s", (before, text) => {
    expect(relative(now - before, now)).toBe(text);
  });
  test("an age counts whole days", () => {
    expect(age(now - 34.9 * day, now)).toBe("34 days");
    expect(age(now - day, now)).toBe("1 day");
  });
  test("durations have a unit", () => {
    expect([84, 1900, 12_400, 60_000, 125_000, 3_700_000].map(duration)).toEqual(["84 ms", "1.9 s", "12 s", "1 min", "2 min 5 s", "1 h 1 min"]);
  });
  test("what is no time is none", () => {
    expect([null, "", "soon", undefined].map(toMilliseconds)).toEqual([null, null, null, null]);
    expect(toMilliseconds(1_700_000_000)).toBe(1_700_000_000_000);
  });
});

test.each([
  [0, "0 B"], [1, "1 B"], [999, "999 B"], [1000, "1 KB"], [1234, "1.2 KB"], [999_499, "999 KB"], [999_600, "1 MB"], [212_000, "212 KB"], [2_400_000_000_000, "2.4 TB"],
])("%i bytes read as %s", (amount, text) => {
  expect(bytes(amount)).toBe(text);
});

test("an amount of a total names a shared unit once", () => {
  expect(bytesOf(1_200_000_000, 1_900_000_000)).toBe("1.2 of 1.9 GB");
  expect(bytesOf(900_000, 1_900_000_000)).toBe("900 KB of 1.9 GB");
});

describe("the bitting of a key", () => {
  it("is the same for the same ID", () => {
    expect(bitting("AKIAIOSFODNN7EXAMPLE")).toEqual(bitting("AKIAIOSFODNN7EXAMPLE"));
  });
  it("stays what it was when Keywell is updated", () => {
    expect(bitting("AKIAIOSFODNN7EXAMPLE")).toMatchSnapshot();
  });
  it("tells keys apart that differ in one letter", () => {
    const drawn = new Set(Array.from({ length: 200 }, (_, at) => JSON.stringify(bitting(`AKIAPRACTICE0000${1000 + at}`))));
    expect(drawn.size).toBe(200);
  });
  it("stays inside its box", () => {
    for (let at = 0; at < 200; at += 1) {
      const numbers = bitting(`AKIA${at}`).blade.match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];
      expect(Math.max(...numbers)).toBeLessThanOrEqual(44);
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    }
  });
});

test("tiles of one account have one colour, and never that of production", () => {
  expect(tileHue("111122223333", "a")).toBe(tileHue("111122223333", "b"));
  const hues = Array.from({ length: 100 }, (_, at) => tileHue(null, `profile-${at}`));
  expect(hues).not.toContain("madder");
});

test.each([["harbour-prod", "HP"], ["default", "DE"], ["x", "X"], ["", "?"], ["éa_ß", "ÉSS"]])("the tile of %j says %s", (name, text) => {
  expect(initials(name)).toBe(text);
});

test("only an account number is cut in three", () => {
  expect(accountNumber("111122223333")).toBe("1111-2222-3333");
  expect(accountNumber("minio")).toBe("minio");
});

test("a step takes the place of its earlier state", () => {
  const step = { id: "identity" as const, title: "Who?", detail: "", milliseconds: null, limitMilliseconds: 1, failure: null, command: null };
  const steps = withStep(withStep([], { ...step, state: "running" }), { ...step, state: "passed" });
  expect(steps.map((one) => one.state)).toEqual(["passed"]);
});

describe("a sparkline", () => {
  it("goes from its first to its last value, between floor and ceiling", () => {
    expect(sparkline([0, 5, 10], 96, 20)).toEqual({ line: "M0 19L48 10L96 1", area: "M0 19L48 10L96 1V20H0Z" });
  });
  it("lies on the floor while nothing moves", () => {
    expect(sparkline([0, 0], 10, 20)?.line).toBe("M0 19L10 19");
  });
  it("needs two values to be a line", () => {
    expect(sparkline([7], 96, 20)).toBeNull();
  });
});

test("a moment is told exactly, with how far its zone is from UTC", () => {
  const at = Date.UTC(2026, 10, 22, 2, 30, 12);
  for (const [ahead, told] of [
    [0, "22 November 2026, 02:30:12 UTC"],
    [60, "22 November 2026, 03:30:12 UTC+01:00"],
    [-570, "21 November 2026, 17:00:12 UTC-09:30"],
    [345, "22 November 2026, 08:15:12 UTC+05:45"],
  ] as const) expect(exact(at, ahead)).toBe(told);
  expect(exact(at)).toMatch(/November 2026, /);
});
