import type { Rotation, RotationState } from "../wire";
import type { Handlers } from "./index";
import { find } from "./profiles";
import { playSteps, type ScriptedStep } from "./run";
import { failure, type World } from "./world";

type Mine = "rotation_list" | "key_rotate" | "key_rotate_back";

const WEEK = 7 * 86_400;

const FORWARD: ScriptedStep[] = [
  { id: "identity", title: "Whose key is this, and is there room for a second?", detail: "marta.lindqvist of account 111122223333, with one key.", seconds: 0.4 },
  { id: "create", title: "IAM makes a new key", detail: "AKIA…ROTATE, beside the old one.", seconds: 0.3 },
  { id: "store", title: "Its secret is in the keychain", detail: "Stored beside the old one, read back, equal.", seconds: 0.1 },
  { id: "ready", title: "AWS knows the key everywhere", detail: "STS and S3 accepted it 5 times in a row, 14 seconds after the first question.", seconds: 6 },
  { id: "switch", title: "Every profile uses the new key", detail: "In one step.", seconds: 0.1 },
  { id: "prove", title: "The helper hands the right key out", detail: "Asked as AWS programs ask.", seconds: 0.2 },
  { id: "deactivate", title: "The old key is inactive", detail: "It stays in the keychain, so that going back takes seconds.", seconds: 0.2 },
];
const WATCH: ScriptedStep = { id: "watch", title: "Nothing uses the old key", detail: "No use so far.", seconds: 0.3 };
const DELETE: ScriptedStep = { id: "delete", title: "The old key is deleted", detail: "", seconds: 0.2 };
const BACK: ScriptedStep[] = [
  { id: "activate", title: "The old key is active", detail: "", seconds: 0.2 },
  { id: "ready", title: "AWS knows the key everywhere", detail: "STS and S3 accepted it 5 times in a row.", seconds: 3 },
  { id: "switch", title: "Every profile uses the old key again", detail: "In one step.", seconds: 0.1 },
  { id: "delete", title: "The new key is deleted", detail: "All is as it was.", seconds: 0.2 },
];

function of(world: World, profile: string): Rotation | undefined {
  return world.rotations.find((one) => one.profiles.includes(profile));
}

function setKey(world: World, from: string, to: string | null): void {
  for (const row of world.overview.profiles) if (row.keyId === from) row.keyId = to;
}

/** Ends a rotation and answers what became of it. */
function end(world: World, rotation: Rotation, state: RotationState): Rotation {
  world.rotations = world.rotations.filter((one) => one !== rotation);
  return { ...rotation, state };
}

export const rotationHandlers: Pick<Handlers, Mine> = {
  rotation_list: (world) => world.rotations,
  key_rotate: async (world, { task, profile, using, graceSeconds }, emit) => {
    const row = find(world, profile);
    if (row.secret !== "keychain" || row.keyId === null) {
      throw failure("rotation.refused", `The key of ${profile} lies in a plain file, where a rotation would have to leave the new one too.`, "", "Move it into the keychain first.");
    }
    let rotation = of(world, profile);
    if (!rotation) {
      const user = row.identity?.name ?? "marta.lindqvist";
      const keys = world.keys[user] ?? [];
      const other = keys.find((key) => key.keyId !== row.keyId);
      if (other && keys.some((key) => key.keyId === row.keyId)) throw failure("iam.key_limit", `${user} has two access keys already, and a rotation needs room for one.`, `The other key is ${other.keyId} (${other.active ? "active" : "inactive"}).`, "If nothing uses the other one, delete it, then rotate.");
      await playSteps(world, task, FORWARD, emit);
      const now = new Date();
      const grace = graceSeconds ?? WEEK;
      rotation = {
        state: "watching",
        profile,
        profiles: world.overview.profiles.filter((one) => one.keyId === row.keyId).map((one) => one.name),
        using,
        user,
        accountId: row.identity?.accountId ?? "111122223333",
        oldKeyId: row.keyId,
        newKeyId: "AKIAPRACTICE00ROTATE",
        began: now.toISOString(),
        switched: now.toISOString(),
        inactiveSince: now.toISOString(),
        deleteDue: new Date(now.getTime() + grace * 1000).toISOString(),
        graceSeconds: grace,
        lateUse: null,
        notes: [],
      };
      setKey(world, row.keyId, rotation.newKeyId);
      world.rotations.push(rotation);
    }
    if (graceSeconds !== null) {
      rotation.graceSeconds = graceSeconds;
      rotation.deleteDue = new Date(Date.parse(rotation.inactiveSince ?? rotation.began) + graceSeconds * 1000).toISOString();
    }
    await playSteps(world, task, [WATCH], emit);
    if (rotation.graceSeconds > 0) return rotation;
    await playSteps(world, task, [DELETE], emit);
    return end(world, rotation, "done");
  },
  key_rotate_back: async (world, { task, profile }, emit) => {
    const rotation = of(world, profile);
    if (!rotation) throw failure("rotation.none", `No rotation of ${profile} is under way.`);
    await playSteps(world, task, BACK, emit);
    if (rotation.newKeyId) setKey(world, rotation.newKeyId, rotation.oldKeyId);
    return end(world, rotation, "wentBack");
  },
};
