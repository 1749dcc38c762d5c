import type { AccountKeys, HealthKey, KeyFinding, KeyFindingCode, KeyRemedy, KeyState, RotationOutcome, Severity } from "../wire";
import type { Handlers } from "./index";
import { rotationHandlers } from "./rotation";
import { wait } from "./run";
import { daysAgo, failure, type World } from "./world";

type Mine = "key_health" | "key_health_rows" | "key_health_save" | "key_rotate_many" | "rotation_due";

const ROTATE_AFTER = 90;

interface Told {
  user: string;
  keyId?: string;
  age: number;
  used: number | null;
  state: KeyState;
  profiles?: string[];
  description?: string;
}

const DEV: Told[] = [
  { user: "ci-deploy", keyId: "AKIAPRACTICE0DEPLOY1", age: 212, used: 0.1, state: "overdue", description: "Deploys the web site" },
  { user: "media-uploader", keyId: "AKIAPRACTICE00MEDIA0", age: 143, used: 0.02, state: "due", profiles: ["media"] },
  { user: "marta.lindqvist", keyId: "AKIAIOSFODNN7EXAMPLE", age: 34, used: 0.002, state: "fine", profiles: ["default"], description: "Laptop" },
  { user: "jens.old-laptop", age: 343, used: 301, state: "unused" },
  { user: "report-runner", age: 118, used: null, state: "neverUsed" },
  { user: "ci-deploy", keyId: "AKIAPRACTICE0DEPLOY2", age: 500, used: null, state: "inactive" },
];
const PROD: Told[] = [
  { user: "marta.lindqvist", keyId: "AKIAI44QH8DHBEXAMPLE", age: 81, used: 0.05, state: "fine", profiles: ["harbour-prod"] },
  { user: "backup-nas", age: 12, used: 0.25, state: "fine" },
];
const STATES: KeyState[] = ["overdue", "due", "unused", "neverUsed", "fine", "fine", "fine", "inactive"];

function keyOf(told: Told): HealthKey {
  const inUse = told.state === "fine" || told.state === "due" || told.state === "overdue";
  return {
    user: told.user,
    isRoot: false,
    keyId: told.keyId ?? null,
    active: told.state !== "inactive",
    created: daysAgo(told.age),
    ageDays: Math.floor(told.age),
    lastUsed: told.used === null ? null : daysAgo(told.used),
    lastUsedService: told.used === null ? null : "s3",
    lastUsedRegion: told.used === null ? null : "eu-north-1",
    description: told.description ?? null,
    profiles: told.profiles ?? [],
    state: told.state,
    dueInDays: inUse ? ROTATE_AFTER - Math.floor(told.age) : null,
    quarantined: false,
  };
}

function account(profile: string, accountId: string, keys: HealthKey[]): AccountKeys {
  const users = new Set(keys.map((key) => key.user)).size;
  return { profile, accountId, readBy: "report", reportMade: daysAgo(0.03), users, keys, unread: [], leftOut: 0, notes: [], failure: null };
}

/** As in a company: a hundred and more users with two keys each. */
function crowd(users: number): HealthKey[] {
  return Array.from({ length: users * 2 }, (_, at) => {
    const state = STATES[at % STATES.length] ?? "fine";
    const age = { overdue: 250, due: 120, unused: 300, neverUsed: 40, fine: 10, inactive: 400 }[state] + (at % 30);
    return keyOf({ user: `service-account-${String(Math.floor(at / 2)).padStart(5, "0")}`, age, used: state === "neverUsed" ? null : state === "unused" ? 200 : 1, state });
  });
}

export function makeKeyHealth(name: string, full: boolean): AccountKeys[] {
  if (!full) return [];
  const accounts = [account("default", "111122223333", DEV.map(keyOf)), account("harbour-prod", "123456789012", PROD.map(keyOf))];
  if (name === "many") accounts.push({ ...account("company", "999988887777", crowd(1500)), readBy: "report" });
  if (name === "odd") {
    accounts.push({ ...account("elsewhere", "444455556666", []), accountId: null, failure: failure("network.unreachable", "The connection to AWS could not be made.", "No route to host.", "Look at the network, then try again.") });
    const partly = accounts[1];
    if (partly) {
      partly.readBy = "perUser";
      partly.reportMade = null;
      partly.leftOut = 40;
      partly.unread = [{ user: "x".repeat(64), failure: failure("aws.throttled", "AWS is slowing these requests down.", "", "Wait a little.") }];
      partly.notes = ["Descriptions and attached policies are not complete, so a quarantine may not show."];
    }
  }
  return accounts;
}

const KINDS: Partial<Record<KeyState, [KeyFindingCode, Severity, (key: HealthKey) => string, string]>> = {
  overdue: ["old", "stop", (key) => `${name(key)} is ${key.ageDays} days old`, "The longer a secret is about, the more places have seen it."],
  due: ["old", "warning", (key) => `${name(key)} is ${key.ageDays} days old`, "The longer a secret is about, the more places have seen it."],
  unused: ["unused", "warning", (key) => `${name(key)} was last used 301 days ago`, "A key that nobody uses is only a risk. Deactivate it first; deleting can wait."],
  neverUsed: ["neverUsed", "warning", (key) => `${name(key)} was never used in ${key.ageDays} days`, "A key that nobody uses is only a risk. Deactivate it first; deleting can wait."],
  inactive: ["forgotten", "note", (key) => `${name(key)} is inactive and forgotten`, "It takes one of the user’s two places. Delete it if nothing will need it again."],
};

function name(key: HealthKey): string {
  return key.keyId ? `AKIA…${key.keyId.slice(-6)} of ${key.user}` : `A key of ${key.user}`;
}

function remedy(askedBy: string, key: HealthKey): KeyRemedy {
  const profile = key.profiles[0];
  if ((key.state === "due" || key.state === "overdue") && profile) return { kind: "rotate", profile };
  if ((key.state === "unused" || key.state === "neverUsed") && key.keyId) return { kind: "deactivate", profile: askedBy, user: key.user, keyId: key.keyId };
  return { kind: "openUser", profile: askedBy, user: key.user };
}

function findings(accounts: AccountKeys[]): KeyFinding[] {
  const found: KeyFinding[] = accounts.flatMap((one) =>
    one.keys.flatMap((key) => {
      const kind = KINDS[key.state];
      if (!kind) return [];
      const [code, severity, message, detail] = kind;
      return [{ code, severity, askedBy: one.profile, user: key.user, keyId: key.keyId, profiles: key.profiles, message: message(key), detail, remedy: remedy(one.profile, key), command: null }];
    }),
  );
  const order: Severity[] = ["stop", "warning", "note"];
  return found.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

export const keyHealthHandlers: Pick<Handlers, Mine> = {
  key_health: async (world, { profile }, emit) => {
    const accounts = world.keyHealth.filter((one) => profile === null || one.profile === profile);
    for (const one of accounts) {
      await wait(world, 0.3);
      emit({ profile: one.profile, accountId: one.accountId, readBy: one.readBy, reportMade: one.reportMade, users: one.users, read: one.users, keys: one.keys });
    }
    await wait(world, 0.5);
    return { at: new Date().toISOString(), accounts, findings: findings(accounts), rotateAfterDays: ROTATE_AFTER, unusedAfterDays: 90 };
  },
  key_health_rows: async (world, { profile, users }) => {
    await wait(world, 0.2);
    const keys = world.keyHealth.find((one) => one.profile === profile)?.keys ?? [];
    return users.map((user) => ({
      user,
      keys: keys.filter((key) => key.user === user).map((key, at) => ({ ...key, keyId: key.keyId ?? `AKIAPRACTICE${String(at)}${user.replace(/\W/g, "").toUpperCase().padEnd(7, "X").slice(-7)}` })),
      failure: null,
    }));
  },
  key_health_save: () => "~/Documents/keywell-keys.csv",
  key_rotate_many: async (world, { task, profiles, graceSeconds }, emit) => {
    const outcomes: RotationOutcome[] = [];
    for (const one of profiles) outcomes.push(await rotated(world, task, one, graceSeconds, emit));
    return outcomes;
  },
  rotation_due: () => [],
};

async function rotated(world: World, task: string, profile: string, graceSeconds: number | null, emit: (outcome: RotationOutcome) => void): Promise<RotationOutcome> {
  let outcome: RotationOutcome;
  try {
    const rotation = await rotationHandlers.key_rotate(world, { task, profile, using: null, graceSeconds }, () => undefined);
    outcome = { profile, rotation, failure: null };
  } catch (thrown) {
    outcome = { profile, rotation: null, failure: thrown as RotationOutcome["failure"] };
  }
  emit(outcome);
  return outcome;
}
