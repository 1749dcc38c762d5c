import type { AccessKeyRow } from "../wire";
import type { Handlers } from "./index";
import { find } from "./profiles";
import { setupHandlers } from "./setup";
import { failure, type World } from "./world";

type Mine = "user_list" | "key_list" | "key_create" | "key_set_status" | "key_delete";

const LIMIT = 2;

function keysOf(world: World, user: string): AccessKeyRow[] {
  if (!world.users.some((one) => one.name === user)) {
    throw failure("iam.no_such_user", `There is no IAM user ${user}.`, "", "Look at the list of users.");
  }
  return (world.keys[user] ??= []);
}

function keyOf(world: World, user: string, keyId: string): AccessKeyRow {
  const row = keysOf(world, user).find((one) => one.keyId === keyId);
  if (row) return row;
  throw failure("iam.no_such_key", "This key is gone.", "Somebody deleted it.", "Look at the user’s keys again.");
}

export const accountHandlers: Pick<Handlers, Mine> = {
  user_list: (world, { profile }) => {
    const row = find(world, profile);
    // A profile called old-… may not list users, so that this answer can be tried.
    if (row.name.startsWith("old")) return { users: [], accountId: null, denied: true };
    return { users: world.users, accountId: row.identity?.accountId ?? null, denied: false };
  },
  key_list: (world, { user }) => ({ user, keys: keysOf(world, user), limit: LIMIT }),
  key_create: async (world, { task, user, description, newProfile, region }, emit) => {
    const keys = keysOf(world, user);
    if (keys.length >= LIMIT) throw failure("iam.key_limit", `${user} has two access keys, and AWS allows no third.`, "", "Delete one that is no longer used.");
    const keyId = `AKIAPRACTICE${String(10_000_000 + Object.values(world.keys).flat().length)}`;
    const draft = { draft: `draft-${keyId}`, source: "paste" as const, sourceName: null, keyId, temporary: false, suggestedProfile: newProfile, suggestedRegion: region, suggestedOutput: "json", suggestedEndpointUrl: null, defaultFree: false, findings: [], choices: [] };
    world.drafts[draft.draft] = draft;
    const summary = await setupHandlers.setup_run(
      world,
      { task, plan: { draft: draft.draft, profile: newProfile, region, output: "json", endpointUrl: null, replace: false, rootConfirmation: "" } },
      emit,
    );
    keys.push({ keyId, active: true, created: new Date().toISOString(), lastUsed: null, lastUsedService: null, lastUsedRegion: null, description: description || null, profiles: [newProfile] });
    return { summary, descriptionFailure: null };
  },
  key_set_status: (world, { user, keyId, active }) => {
    keyOf(world, user, keyId).active = active;
    return null;
  },
  key_delete: (world, { user, keyId }) => {
    keyOf(world, user, keyId);
    world.keys[user] = keysOf(world, user).filter((one) => one.keyId !== keyId);
    return null;
  },
};
