import type { AccountUsers, AccessKeyList, AccessKeyRow, NewProfile, SetupSummary, Step, UnfinishedKey, UserItem, UserItemKind } from "../wire";
import type { Handlers } from "./index";
import { find } from "./profiles";
import { setupHandlers } from "./setup";
import { failure, type World } from "./world";

type Mine = "user_list" | "user_list_all" | "user_glance" | "user_show" | "user_create" | "user_delete" | "key_unfinished" | "key_finish" | "key_discard" | "key_release" | "key_reveal" | "key_copy" | "key_save" | "key_list" | "key_create" | "key_set_status" | "key_delete";

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

/** The first rule of the real thing, which knows more of them. */
function listOf(user: string, keys: AccessKeyRow[]): AccessKeyList {
  const inactive = keys.find((key) => !key.active);
  const [oldest] = keys;
  const part = inactive ?? oldest;
  return { user, keys, limit: LIMIT, spare: keys.length < LIMIT || !part ? null : { keyId: part.keyId, reason: inactive ? "inactive" : part.lastUsed === null ? "unused" : "oldest" } };
}

function itemsOf(world: World, user: string): UserItem[] {
  const keys: UserItem[] = (world.keys[user] ?? []).map((key) => ({ kind: "accessKey", id: key.keyId, name: key.keyId }));
  return [...keys, ...(world.items[user] ?? [])];
}

function waiting(world: World, id: string): UnfinishedKey {
  const key = world.unfinished.find((one) => one.id === id);
  if (key) return key;
  throw failure("key.unfinished", "There is no unfinished key of this number.", "", "Look at the list again.");
}

async function profileOf(world: World, made: { task: string; keyId: string; newProfile: NewProfile }, emit: (step: Step) => void): Promise<SetupSummary> {
  const { task, keyId, newProfile: { name, region } } = made;
  const draft = { draft: `draft-${keyId}`, source: "paste" as const, sourceName: null, keyId, temporary: false, suggestedProfile: name, suggestedRegion: region, suggestedOutput: "json", suggestedEndpointUrl: null, defaultFree: false, findings: [], choices: [] };
  world.drafts[draft.draft] = draft;
  return setupHandlers.setup_run(world, { task, plan: { draft: draft.draft, profile: name, region, output: "json", endpointUrl: null, replace: false, rootConfirmation: "" } }, emit);
}

export const accountHandlers: Pick<Handlers, Mine> = {
  user_list: (world, { profile }) => {
    const row = find(world, profile);
    // A profile called old-… may not list users, so that this answer can be tried.
    if (row.name.startsWith("old")) return { users: [], accountId: null, denied: true, deniedActions: ["iam:CreateUser"] };
    return { users: world.users, accountId: row.identity?.accountId ?? null, denied: false, deniedActions: [] };
  },
  user_list_all: async (world, _, emit) => {
    const holders = world.overview.profiles.filter((row) => row.keyId !== null);
    const accounts = holders.filter((row, at) => row.identity === null || holders.findIndex((one) => one.identity?.accountId === row.identity?.accountId) === at);
    const found: AccountUsers[] = accounts.map((row) => {
      if (!row.identity) return { profile: row.name, list: null, failure: failure("sts.unknown_key", "AWS does not know this key.", "It was deleted or deactivated.", "Set another key up for the profile.") };
      const { accountId } = row.identity;
      const users = world.users.map((user) => ({ ...user, arn: user.arn.replace(/\d{12}/, accountId) }));
      return { profile: row.name, list: { users, accountId, denied: false, deniedActions: [] }, failure: null };
    });
    found.forEach(emit);
    return found;
  },
  user_glance: (world, { user }) => ({
    user,
    groups: itemsOf(world, user).filter((item) => item.kind === "group").map((item) => item.name),
    mfaDevices: itemsOf(world, user).filter((item) => item.kind === "mfaDevice").length,
    keys: keysOf(world, user).map(({ keyId, active, created, lastUsed }) => ({ keyId, active, created, lastUsed })),
  }),
  user_show: (world, { profile, user }) => {
    const keys = keysOf(world, user);
    const hidden: UserItemKind[] = profile.startsWith("old") ? ["mfaDevice", "group"] : [];
    return {
      user: world.users.find((one) => one.name === user)!,
      description: world.descriptions[user] ?? null,
      keys: listOf(user, keys),
      items: itemsOf(world, user).filter((item) => !hidden.includes(item.kind)),
      hidden,
      // A profile called old-… may only manage itself.
      deniedActions: profile.startsWith("old") ? ["iam:DeleteUser", "iam:DeleteAccessKey"] : [],
    };
  },
  user_create: (world, { name, path, description }) => {
    if (world.users.some((one) => one.name.toLowerCase() === name.toLowerCase())) {
      throw failure("iam.entity_exists", `There is a user ${name} in this account already.`, "", "Choose another name.");
    }
    const user = { name, arn: `arn:aws:iam::111122223333:user${path}${name}`, path, created: new Date().toISOString(), isCaller: false };
    world.users.push(user);
    if (description) world.descriptions[name] = description;
    return { user, descriptionFailure: null };
  },
  user_delete: (world, { user, items }) => {
    keysOf(world, user);
    world.users = world.users.filter((one) => one.name !== user);
    const profiles = world.keys[user]?.flatMap((key) => key.profiles) ?? [];
    delete world.keys[user];
    return { user, deleted: true, removed: items, left: [], profiles, failure: null };
  },
  key_unfinished: (world) => world.unfinished,
  key_finish: (world, { task, id, newProfile }, emit) => {
    const key = waiting(world, id);
    const made = profileOf(world, { task, keyId: key.keyId ?? "", newProfile }, emit);
    world.unfinished = world.unfinished.filter((one) => one.id !== id);
    for (const row of world.keys[key.user] ?? []) if (row.keyId === key.keyId) row.profiles.push(newProfile.name);
    return made;
  },
  key_discard: (world, { id }) => {
    const key = waiting(world, id);
    world.unfinished = world.unfinished.filter((one) => one.id !== id);
    world.keys[key.user] = (world.keys[key.user] ?? []).filter((row) => row.keyId !== key.keyId);
    return key.keyId;
  },
  key_release: (world, { id }) => {
    waiting(world, id);
    world.unfinished = world.unfinished.filter((one) => one.id !== id);
    return null;
  },
  key_reveal: (world, { id }) => (waiting(world, id), null),
  key_copy: (world, { id }) => (waiting(world, id), null),
  key_save: (world, { id }) => `~/Downloads/${waiting(world, id).user}_accessKeys.csv`,
  key_list: (world, { user }) => listOf(user, keysOf(world, user)),
  key_create: async (world, { task, profile, user, description, newProfile }, emit) => {
    const keys = keysOf(world, user);
    if (keys.length >= LIMIT) throw failure("iam.key_limit", `${user} has two access keys, and AWS allows no third.`, "", "Delete one that is no longer used.");
    const keyId = `AKIAPRACTICE${String(10_000_000 + Object.values(world.keys).flat().length)}`;
    const summary = newProfile && (await profileOf(world, { task, keyId, newProfile }, emit));
    const id = String(world.unfinished.length + 1);
    if (!newProfile) world.unfinished.push({ id, user, accountId: "111122223333", profile, description, asked: new Date().toISOString(), keyId, state: "waiting" });
    keys.push({ keyId, active: true, created: new Date().toISOString(), lastUsed: null, lastUsedService: null, lastUsedRegion: null, description: description || null, profiles: newProfile ? [newProfile.name] : [] });
    return { keyId, summary, waiting: newProfile ? null : id, descriptionFailure: null };
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
