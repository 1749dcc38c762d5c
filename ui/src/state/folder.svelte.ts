import { asFailure, backend, type Failure, type ObjectRow } from "../backend";

export interface FolderEntry {
  /** The whole object key; that of a folder ends in a slash. */
  key: string;
  /** What stands after the folder's own prefix, without the slash at the end. */
  name: string;
  /** Null for a folder. */
  object: ObjectRow | null;
}

function entryOf(key: string, prefix: string, object: ObjectRow | null): FolderEntry {
  const below = key.slice(prefix.length);
  // An object may be called "a/" or have nothing after the prefix; it still needs something to be seen by.
  const name = object === null ? below.replace(/\/$/, "") : below;
  return { key, name: name === "" ? "/" : name, object };
}

/** One folder of a bucket, read page by page. Late answers for another folder are dropped. */
export class Folder {
  entries = $state.raw<FolderEntry[]>([]);
  /** True once a first page is there. */
  known = $state(false);
  loading = $state(false);
  stopped = $state(false);
  failure = $state.raw<Failure | null>(null);
  region = $state<string | null>(null);
  hasMore = $state(false);
  #continuation: string | null = null;
  #pages = 0;
  #newest = 0;
  #reading: Promise<void> = Promise.resolve();
  #place = { profile: "", bucket: "", prefix: "" };

  /** Shows another folder; what was there goes away at once. */
  open(profile: string, bucket: string, prefix: string): Promise<void> {
    if (bucket !== this.#place.bucket) this.region = null;
    this.#place = { profile, bucket, prefix };
    this.entries = [];
    this.known = false;
    this.hasMore = false;
    this.#pages = 0;
    return this.#start(1, null, []);
  }

  /** Reads again as many pages as were read; what is shown stays until they are there. */
  reload(): Promise<void> {
    return this.#start(Math.max(1, this.#pages), null, []);
  }

  /** The next page, when there is one; waits for what is under way instead of asking twice. */
  more(): Promise<void> {
    if (this.loading) return this.#reading;
    return this.hasMore ? this.#start(1, this.#continuation, this.entries) : Promise.resolve();
  }

  /** Every page that is left, until `stop` or another folder is opened. */
  async all(): Promise<void> {
    const place = this.#place;
    do await this.more();
    while (this.hasMore && !this.failure && !this.stopped && this.#place === place);
  }

  stop(): void {
    this.#newest += 1;
    this.loading = false;
    this.stopped = true;
  }

  /** Takes away what was deleted, before the next answer says the same. */
  drop(keys: ReadonlySet<string>): void {
    this.entries = this.entries.filter((entry) => !keys.has(entry.key));
  }

  #start(pages: number, continuation: string | null, before: FolderEntry[]): Promise<void> {
    this.#reading = this.#read(pages, continuation, before);
    return this.#reading;
  }

  async #read(pages: number, continuation: string | null, before: FolderEntry[]): Promise<void> {
    this.#newest += 1;
    const mine = this.#newest;
    const place = this.#place;
    const first = continuation === null;
    this.loading = true;
    this.stopped = false;
    try {
      let entries = before;
      let next = continuation;
      let read = 0;
      do {
        const page = await backend.call("object_list", { ...place, continuation: next });
        if (mine !== this.#newest) return;
        const folders = page.folders.map((key) => entryOf(key, place.prefix, null));
        const objects = page.objects.map((object) => entryOf(object.key, place.prefix, object));
        entries = merged(entries, [...folders, ...objects]);
        next = page.continuation;
        read += 1;
        this.region = page.region ?? this.region;
      } while (next !== null && read < pages);
      this.entries = entries;
      this.#continuation = next;
      this.#pages = first ? read : this.#pages + read;
      this.hasMore = next !== null;
      this.known = true;
      this.failure = null;
    } catch (thrown) {
      if (mine === this.#newest) this.failure = asFailure(thrown);
    } finally {
      if (mine === this.#newest) this.loading = false;
    }
  }
}

/** Folders above objects, as S3 gives both in one order; nothing twice. */
function merged(before: FolderEntry[], after: FolderEntry[]): FolderEntry[] {
  const seen = new Set(before.map((entry) => entry.key));
  const all = [...before, ...after.filter((entry) => !seen.has(entry.key))];
  return [...all.filter((entry) => entry.object === null), ...all.filter((entry) => entry.object !== null)];
}

/** The folders above and including a prefix, for a path of links: "a/b/" gives "a/" and "a/b/". */
export function crumbs(prefix: string): Array<{ name: string; prefix: string }> {
  const parts = prefix.split("/");
  parts.pop();
  return parts.map((name, at) => ({ name: name === "" ? "/" : name, prefix: `${parts.slice(0, at + 1).join("/")}/` }));
}

/** The folder above; the bucket itself above its first folders. */
export function parentPrefix(prefix: string): string {
  return crumbs(prefix).at(-2)?.prefix ?? "";
}

/** What kind of file a name promises, for its icon. */
export function kindOf(name: string): "image" | "film" | "box" | "file" {
  const ending = /\.([^./]+)$/.exec(name.toLowerCase())?.[1] ?? "";
  if (/^(jpe?g|png|gif|webp|heic|avif|tiff?|svg|bmp|nef|cr[23]|arw|dng|raf|psd)$/.test(ending)) return "image";
  if (/^(mov|mp4|mkv|avi|webm|m4v|mpe?g)$/.test(ending)) return "film";
  if (/^(zip|tar|t?gz|bz2|xz|zst|7z|rar|dmg|iso|jar|deb|rpm|parquet)$/.test(ending)) return "box";
  return "file";
}
