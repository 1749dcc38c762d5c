import { cleanup, render } from "@testing-library/svelte";
import { afterEach, expect, test } from "vitest";

import Code from "../src/parts/Code.svelte";
import Name from "../src/parts/Name.svelte";
import { isolated, isolating, pieces, told } from "../src/state/hidden";
import { words } from "../src/words";

afterEach(cleanup);

test.each([
  ["plain", "plain"],
  ["photo\u202Egpj.exe", "photo‹U+202E›gpj.exe"],
  ["a\u0000b\u007fc", "a‹U+0000›b‹U+007F›c"],
  ["two\nlines\tand a tab", "two‹U+000A›lines‹U+0009›and a tab"],
  ["no\u200Bwidth\u2060\uFEFF", "no‹U+200B›width‹U+2060›‹U+FEFF›"],
  ["\u2066isolated\u2069", "‹U+2066›isolated‹U+2069›"],
  // The joiner makes one flag of three characters.
  ["🏳️\u200D🌈", "🏳️\u200D🌈"],
  ["é \u0301 ñ", "é \u0301 ñ"],
])("of %j a person is told %s", (text, said) => {
  expect(told(text)).toBe(said);
});

test("what is written from right to left is isolated in a sentence, and nothing else is", () => {
  expect(isolated("media")).toBe("media");
  expect(isolated("בדיקה prod")).toBe("\u2068בדיקה prod\u2069");
  expect(isolated("מ\u2069x")).toBe("\u2068מ‹U+2069›x\u2069");
  expect(words.shell.useProfile("محطة")).toBe("Act as \u2068محطة\u2069");
  expect(words.shell.useProfile("x\u202Ey")).toBe("Act as x‹U+202E›y");
  // A sentence that was isolated once is drawn as it is.
  expect(told(words.shell.useProfile("محطة"))).toBe("Act as \u2068محطة\u2069");
});

test("words keep their shape and their functions' other arguments", () => {
  const all = isolating({ a: "text", b: { list: ["x"], of: (amount: number, names: string[]) => `${amount} ${names.join(", ")}` } });
  expect(all.a).toBe("text");
  expect(all.b.list).toEqual(["x"]);
  expect(all.b.of(2, ["a", "ב"])).toBe("2 a, \u2068ב\u2069");
});

test("a name is drawn isolated, with what is hidden in it marked and explained", () => {
  const { container } = render(Name, { text: "étoile\u202Eevil" });
  expect(container.querySelector("bdi")?.textContent).toBe("étoileU+202Eevil");
  expect(container.querySelector("[title]")?.textContent).toBe("U+202E");
});

test("a command to copy shows what would change its order, and keeps its lines", () => {
  const { container } = render(Code, { text: "one\n\ttwo \u202Eeerht" });
  expect(container.querySelector("pre")?.textContent).toBe("one\n\ttwo U+202Eeerht");
  expect(pieces("a\nb", true)).toEqual([{ text: "a\nb", hidden: false }]);
});
