import { backend, type BucketRow, type UserRow } from "../backend";

/** What the palette can jump to in the account of the profile in use. Lists that AWS denies, or does not answer, stay empty. */
export const reach = $state<{ profile: string | null; loading: boolean; buckets: BucketRow[]; users: UserRow[] }>({
  profile: null,
  loading: false,
  buckets: [],
  users: [],
});

/** After so many milliseconds the lists are asked for again. */
const FRESH = 60_000;
let asked = 0;

/** Asks for the profile's buckets and users unless they were asked for a moment ago. What was known stays meanwhile. Never rejects. */
export async function loadReach(profile: string, now: number): Promise<void> {
  if (reach.profile === profile && now - asked < FRESH) return;
  if (reach.profile !== profile) Object.assign(reach, { profile, buckets: [], users: [] });
  asked = now;
  reach.loading = true;
  const [buckets, users] = await Promise.allSettled([backend.call("bucket_list", { profile }), backend.call("user_list", { profile })]);
  if (reach.profile !== profile) return;
  if (buckets.status === "fulfilled") reach.buckets = buckets.value.buckets;
  if (users.status === "fulfilled") reach.users = users.value.users;
  // What failed is asked for again the next time.
  if (buckets.status === "rejected" || users.status === "rejected") asked = 0;
  reach.loading = false;
}
