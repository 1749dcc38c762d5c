import type { DoctorReport, MachineFinding, Migration, PlainKey } from "../wire";
import type { Handlers } from "./index";
import { playSteps, undoable, wait } from "./run";
import { failure, type World } from "./world";

type Mine =
  | "doctor_run" | "doctor_fix"
  | "migration_list" | "migration_pick" | "migration_run" | "migration_undo" | "migration_final";

/** What the doctor of a world finds, and which plain keys lie about in it. */
export interface Health {
  findings: MachineFinding[];
  keys: PlainKey[];
  done: Migration[];
}

const FINDINGS: MachineFinding[] = [
  {
    code: "environment.profile",
    severity: "stop",
    subject: "legacy-2019",
    message: "AWS_PROFILE names legacy-2019, and there is no such profile",
    detail: "Every AWS program that is not told another profile stops with an error.",
    remedy: { kind: "command", command: "unset AWS_PROFILE" },
  },
  {
    code: "files.permissions",
    severity: "warning",
    subject: "~/.aws/credentials",
    message: "Other users of this machine can read ~/.aws/credentials",
    detail: "Whatever key is in it, now or later, is theirs too. The AWS CLI keeps this file to its owner.",
    remedy: { kind: "fix", label: "Keep it to yourself" },
  },
  {
    code: "key.plain",
    severity: "warning",
    subject: "AKIAI44QH8DHBEXAMPLE",
    message: "The secret of AKIAI44QH8DHBEXAMPLE is plain text",
    detail: "Every program that you start can read it, in 2 places: ~/.aws/credentials, profile reports; ~/.bashrc, line 41.",
    remedy: { kind: "migrate", key: "AKIAI44QH8DHBEXAMPLE" },
  },
  {
    code: "session.ending",
    severity: "warning",
    subject: "https://harbour.awsapps.com/start",
    message: "The sign-in of https://harbour.awsapps.com/start ends in 9 minutes",
    detail: "Programs that use its profiles get no credentials after that.",
    remedy: { kind: "command", command: "aws sso login --sso-session harbour" },
  },
  {
    code: "profile.no_region",
    severity: "note",
    subject: "media",
    message: "The profile media has no region",
    detail: "Most AWS commands stop and ask for one.",
    remedy: { kind: "fix", label: "Use eu-north-1" },
  },
];

const KEYS: PlainKey[] = [
  {
    id: "AKIAI44QH8DHBEXAMPLE",
    keyId: "AKIAI44QH8DHBEXAMPLE",
    copies: [
      { kind: "awsFile", place: "~/.aws/credentials, profile reports" },
      { kind: "variables", place: "~/.bashrc, line 41" },
    ],
    profiles: ["reports"],
    newProfile: false,
    blocked: null,
  },
  {
    id: "AKIAPRACTICE0DEPLOY1",
    keyId: "AKIAPRACTICE0DEPLOY1",
    copies: [
      { kind: "csv", place: "~/Downloads/ci-deploy_accessKeys.csv" },
      { kind: "otherTool", place: "aws-vault, entry ci-deploy" },
    ],
    profiles: ["ci-deploy"],
    newProfile: true,
    blocked: null,
  },
  {
    id: "ASIAIOSFODNN7EXAMPLE",
    keyId: "ASIAIOSFODNN7EXAMPLE",
    copies: [{ kind: "awsFile", place: "~/.aws/credentials, profile saml" }],
    profiles: ["saml"],
    newProfile: false,
    blocked: failure("migrate.blocked", "This is a temporary key; it ends by itself and is not moved.", "", "Sign in again with the tool that wrote it, once it has ended."),
  },
];

export function makeHealth(full: boolean): Health {
  return { findings: full ? structuredClone(FINDINGS) : [], keys: full ? structuredClone(KEYS) : [], done: [] };
}

function report(world: World): DoctorReport {
  return {
    findings: world.health.findings,
    lookedAt: ["The AWS files", "Variables", "Profiles", "Keychain", "Plain keys", "Sign-ins", "AWS CLI", "Network", "Clock"],
    at: new Date().toISOString(),
  };
}

function without(world: World, fits: (finding: MachineFinding) => boolean): MachineFinding | null {
  const found = world.health.findings.find(fits) ?? null;
  world.health.findings = world.health.findings.filter((finding) => finding !== found);
  return found;
}

export const healthHandlers: Pick<Handlers, Mine> = {
  doctor_run: async (world) => {
    await wait(world, 0.8);
    return report(world);
  },
  doctor_fix: (world, { code, subject }) => {
    const before = [...world.health.findings];
    const found = without(world, (finding) => finding.code === code && finding.subject === subject);
    if (!found) throw failure("doctor.no_finding", `There is no finding ${code} on this machine.`, "", "Look again.");
    const undo = code === "files.permissions" ? null : undoable(world, "Put it back as it was", () => (world.health.findings = before));
    return { message: found.message, undo };
  },
  migration_list: async (world) => {
    await wait(world, 0.4);
    return { keys: world.health.keys, unread: [], done: world.health.done };
  },
  migration_pick: async (world) => {
    await wait(world, 0.4);
    world.health.keys.push({
      id: "AKIAPRACTICE00MEDIA0",
      keyId: "AKIAPRACTICE00MEDIA0",
      copies: [{ kind: "variables", place: "~/shop/.env, line 3" }],
      profiles: ["keywell"],
      newProfile: true,
      blocked: null,
    });
    return "~/shop/.env";
  },
  migration_run: async (world, { task, key: id, newProfile }, emit) => {
    const key = world.health.keys.find((one) => one.id === id);
    if (!key) throw failure("migrate.no_key", `No plain copy of ${id} is known.`, "", "Look again.");
    await playSteps(
      world,
      task,
      [
        { id: "identity", title: "Who is this?", detail: "IAM user report-runner in account 1111-2222-3333.", seconds: 0.5 },
        { id: "store", title: "The secret is in the keychain", detail: "Stored in Login keyring, read back, equal.", seconds: 0.3 },
        { id: "write", title: "The profile asks the keychain", detail: `${newProfile ?? key.profiles.join(", ")} in ~/.aws/config. The plain copy is still there.`, seconds: 0.2 },
        { id: "prove", title: "Prove it the way the AWS CLI will use it", detail: "The helper answered, and AWS knows the key.", seconds: 0.4 },
        { id: "remove", title: "The plain copies are gone", detail: `${key.copies.length} plain copies were taken out; they can be brought back.`, seconds: 0.2 },
      ],
      emit,
    );
    world.health.keys = world.health.keys.filter((one) => one !== key);
    without(world, (finding) => finding.remedy.kind === "migrate" && finding.remedy.key === id);
    const migration: Migration = {
      id: `m${world.health.done.length + 1}`,
      keyId: key.keyId,
      profiles: newProfile ? [newProfile] : key.profiles,
      files: key.copies.map((copy) => copy.place),
      at: new Date().toISOString(),
      finished: true,
    };
    world.health.done.push(migration);
    return migration;
  },
  migration_undo: (world, { id }) => {
    const migration = world.health.done.find((one) => one.id === id);
    if (!migration) throw failure("undo.gone", `There is no migration ${id} to take back.`, "", "");
    world.health.done = world.health.done.filter((one) => one !== migration);
    const key = KEYS.find((one) => one.keyId === migration.keyId);
    if (key) world.health.keys.push(structuredClone(key));
    return null;
  },
  migration_final: (world, { id }) => {
    world.health.done = world.health.done.filter((one) => one.id !== id);
    return null;
  },
};
