import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "svelte/compiler";
import { expect, test } from "vitest";

import { words } from "../src/words";

const SOURCE = join(import.meta.dirname, "../src");

/** The page that shows every part to developers makes its texts up. */
const EXEMPT = join(SOURCE, "views/parts");

/** Attributes of elements and parts that a person reads or hears. */
const READ = new Set(["alt", "aria-label", "hint", "keep", "label", "placeholder", "run", "sub", "term", "text", "title", "what"]);

interface Node {
  type?: string;
  name?: string;
  data?: string;
  value?: unknown;
}

function components(folder: string): string[] {
  if (folder === EXEMPT) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return components(path);
    return entry.name.endsWith(".svelte") ? [path] : [];
  });
}

/** Two letters in a row, in any script: signs and single letters are no words. */
const isWord = (text: string) => /\p{L}{2,}/u.test(text);

/** What stands in a template itself and would be read. */
function literals(source: string): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null) return;
    const { type, name, data, value } = node as Node;
    if (type === "Attribute") {
      const parts = Array.isArray(value) ? (value as Node[]) : [];
      if (READ.has(name ?? "")) found.push(...parts.filter((part) => part.type === "Text" && isWord(part.data ?? "")).map((part) => `${name}=${part.data}`));
      return parts.filter((part) => part.type !== "Text").forEach(visit);
    }
    if (type === "Text" && isWord(data ?? "")) found.push((data ?? "").trim());
    Object.entries(node).forEach(([key, child]) => key !== "css" && key !== "instance" && key !== "module" && visit(child));
  };
  visit(parse(source, { modern: true }).fragment);
  return found;
}

test("the search finds text between tags and in attributes, and nothing else", () => {
  const source = `<script>const a = "no text";</script><p class="not this" title="Found">Also {a} – x<b>{"a value"}</b></p>{#if a}<i aria-label="Third">{a}</i>{/if}<style>p { color: red }</style>`;
  expect(literals(source)).toEqual(["title=Found", "Also", "aria-label=Third"]);
});

test.each(components(SOURCE).map((path) => [path.slice(SOURCE.length + 1), path]))("every word of %s is in words", (_, path) => {
  expect(literals(readFileSync(path, "utf8"))).toEqual([]);
});

/** Every text of the words, with what its functions say of a made-up name or number. */
function texts(value: unknown, path = "words"): Array<[path: string, text: string]> {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => texts(child, `${path}.${key}`));
}

test("no text shouts, apologises or begs, and quotes are typographic (docs/STYLE.md)", () => {
  const wrong = /!|\boops\b|\bsorry\b|\bplease\b|\bsuccessfully\b|\w'\w|"|\.\.\./i;
  expect(texts(words).filter(([, text]) => wrong.test(text))).toEqual([]);
});

test("labels are in sentence case", () => {
  // Names keep their capitals.
  const names = /\b(AWS|CLI|IAM|S3|SDK|SDKs|ARN|MFA|ID|IDs|URL|CSV|PEM|WSL|STS|SSO|I|Keywell|Keychain|Amazon|GitHub|Docker|Terraform|Identity Center|Roles Anywhere|Python|Node|Linux|Windows|Ctrl|Esc|Enter|Del|Space|Home|End|Shift|Backspace|Mod|Undo|Standard|Intelligent-Tiering|Glacier|Object Lock|Downloads)\b/g;
  const title = /^[A-Z][a-z]+(?: [A-Z][a-z]+)+$/;
  expect(texts(words).filter(([, text]) => title.test(text.replace(names, "").replace(/\s+/g, " ").trim()))).toEqual([]);
});
