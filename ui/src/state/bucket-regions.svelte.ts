import { SvelteMap } from "svelte/reactivity";

import type { BucketRow } from "../backend";

/** Where buckets are, as lists said: a listing of objects does not say it. By bucket name, which is unique in AWS. */
export const bucketRegions = new SvelteMap<string, string>();

export function rememberRegions(rows: BucketRow[]): void {
  for (const { name, region } of rows) if (region !== null) bucketRegions.set(name, region);
}
