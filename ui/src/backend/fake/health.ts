import { plural } from "../../words/plural";
import type { DoctorReport, FileProblems, Look, MachineFinding, Migration, PlainKey } from "../wire";
import type { Handlers } from "./index";
import { playSteps, undoable, wait } from "./run";
import { failure, type World, type WorldName } from "./world";

type Mine =
  | "doctor_run" | "doctor_fix" | "files_problems" | "files_repair"
  | "migration_list" | "migration_pick" | "migration_run" | "migration_undo" | "migration_final";

/** What the doctor of a world finds, and which plain keys lie about in it. */
export interface Health {
  findings: MachineFinding[];
  keys: PlainKey[];
  done: Migration[];
  files: FileProblems[];
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
    code: "files.misread",
    severity: "warning",
    subject: "~/.aws/config, line 23",
    message: "~/.aws/config, line 23: the AWS CLI and boto3 read the comment as part of the value",
    detail: "The AWS CLI and the SDKs read it in different ways, so one of them does what you did not mean.",
    remedy: { kind: "repair", file: "config" },
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
    code: "key.stale",
    severity: "note",
    subject: "harbour-prod",
    message: "The key of the profile harbour-prod has been in use for 212 days",
    detail: "The longer a key lives, the more places may have seen it. Rotation keeps the old one valid until the new one is proven.",
    remedy: { kind: "rotate", profile: "harbour-prod" },
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

const BROKEN: MachineFinding[] = [
  {
    code: "files.unreadable",
    severity: "stop",
    subject: "~/.aws/config",
    message: "~/.aws/config can not be read.",
    detail: "No AWS program can use any profile until it can be read. Check who owns the file and its folder.",
    remedy: { kind: "command", command: "chmod u+rw '/home/marta/.aws/config'" },
  },
  {
    code: "vault.unavailable",
    severity: "warning",
    subject: "vault.locked",
    message: "Login keyring is locked.",
    detail: "No key can be kept safe on this machine. Unlock it with your login password, and try again.",
    remedy: { kind: "fix", label: "Ask it again" },
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

const FILES: FileProblems[] = [
  {
    file: "config",
    path: "~/.aws/config",
    version: "1",
    problems: [
      { line: 23, message: "the AWS CLI and boto3 read the comment as part of the value", mends: true },
      { line: 31, message: "[profile Media] and [profile media] differ only in upper and lower case", mends: false },
    ],
    diff: [
      { kind: "same", text: "[profile staging]" },
      { kind: "removed", text: "region = eu-west-1 # near the office" },
      { kind: "added", text: "# near the office" },
      { kind: "added", text: "region = eu-west-1" },
      { kind: "same", text: "sso_session = harbour" },
    ],
    failure: null,
  },
  { file: "credentials", path: "~/.aws/credentials", version: "1", problems: [], diff: [], failure: null },
];

export function makeHealth(world: WorldName): Health {
  const findings = { fresh: [], broken: BROKEN }[world as string] ?? FINDINGS;
  return {
    files: findings === FINDINGS ? structuredClone(FILES) : [],
    findings: structuredClone(findings), keys: findings === FINDINGS ? structuredClone(KEYS) : [], done: [],
  };
}

function looks(world: World): Look[] {
  if (world.health.findings[0]?.code === "files.unreadable")
    return [
      { what: "AWS files", state: "~/.aws/config can not be read. ~/.aws/credentials is not there." },
      { what: "Variables", state: "None that AWS programs look at is set." },
    ];
  const profiles = world.overview.profiles.length;
  const plain = world.health.findings.some((finding) => finding.code === "key.plain");
  return [
    { what: "AWS files", state: `~/.aws/config: ${plural(profiles, "profile")}. ~/.aws/credentials: ${plain ? "2 profiles" : "No profile"}.` },
    { what: "Variables", state: world.health.findings.length > 0 ? "AWS_PROFILE is set." : "None that AWS programs look at is set." },
    { what: "Profiles", state: profiles === 0 ? "There is none yet." : `Looked at regions, certificates, sections and helper lines of ${plural(profiles, "profile")}.` },
    { what: "Precedence", state: "Every program takes the same from each profile." },
    { what: "Keychain", state: profiles === 0 ? "Login keyring is open and holds no key." : "Login keyring is open and holds 3 keys." },
    { what: "Plain keys", state: plain ? "2 keys as plain text. 1 key in other tools' stores." : "No key lies about as plain text." },
    { what: "Sign-ins", state: profiles === 0 ? "There is none." : "1 sign-in; the next ends in 9 minutes." },
    { what: "AWS CLI", state: "Version 2.31.4." },
    { what: "Network", state: profiles === 0 ? "Not asked: no profile has a key to ask with." : "AWS answers. No proxy, and the certificates of the system." },
    ...(profiles === 0
      ? []
      : [
          { what: "Account", state: "default is IAM user marta.lindqvist in account 1111-2222-3333." },
          { what: "Clock", state: "Right to the second." },
        ]),
  ];
}

function report(world: World): DoctorReport {
  return {
    findings: world.health.findings,
    looks: looks(world),
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
  files_problems: async (world) => {
    await wait(world, 0.2);
    return world.health.files;
  },
  files_repair: (world, { file, version }) => {
    const found = world.health.files.find((known) => known.file === file);
    if (!found || found.version !== version) throw failure("files.changed", "~/.aws/config was changed by another program meanwhile, so it was left as it is.", "", "Open the file and look at the profile there.");
    const before = structuredClone({ files: world.health.files, findings: world.health.findings });
    const { path, diff } = found;
    Object.assign(found, { version: `${version}+`, problems: found.problems.filter(({ mends }) => !mends), diff: [] });
    without(world, ({ remedy }) => remedy.kind === "repair" && remedy.file === file);
    const undo = undoable(world, `Put ${path} back as it was`, () => Object.assign(world.health, before), { text: `Mended ${path}`, profile: "", diff });
    return { profile: path, diff, undo, note: null };
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
