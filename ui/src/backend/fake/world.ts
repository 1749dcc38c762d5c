import type {
  Access,
  AccessKeyRow,
  AccountKeys,
  BucketRow,
  Failure,
  HistoryDetails,
  KeyDraft,
  ObjectRow,
  Overview,
  PageRequest,
  ProfileRow,
  Property,
  Rotation,
  SectionKind,
  Settings,
  TransferRow,
  UnfinishedKey,
  UserItem,
  UserRow,
} from "../wire";

import { makeHandOuts, type HandOuts } from "./hand-outs";
import { makeHealth, type Health } from "./health";
import { makeKeyHealth } from "./key-health";
import { makeMfa, type Mfa } from "./mfa";
import { makeVault, type Vault } from "./vault";

/**
 * `fresh` has nothing set up; in `broken` `~/.aws` can not be read; `many` has 500 profiles, `odd` names and errors that are
 * hard to show; in `slow` AWS takes half a minute to answer, in `never` it does not.
 */
export const WORLD_NAMES = ["full", "fresh", "broken", "many", "odd", "slow", "never"] as const;
export type WorldName = (typeof WORLD_NAMES)[number];

/** Everything the fake knows and changes. Handlers mutate it; nothing outside does. */
export interface World {
  overview: Overview;
  properties: Record<string, Property[]>;
  /** Sections that profiles refer to by name. */
  sections: Array<{ kind: SectionKind; name: string }>;
  drafts: Record<string, KeyDraft>;
  users: UserRow[];
  keys: Record<string, AccessKeyRow[]>;
  /** What hangs on users beside their keys. */
  items: Record<string, UserItem[]>;
  /** What users are for. */
  descriptions: Record<string, string>;
  unfinished: UnfinishedKey[];
  buckets: BucketRow[];
  objects: Record<string, ObjectRow[]>;
  transfers: TransferRow[];
  /** Rotations under way. */
  rotations: Rotation[];
  /** What programs were given. */
  accesses: Access[];
  settings: Settings;
  /** Changes of the AWS files, newest first. */
  history: HistoryDetails[];
  health: Health;
  /** The keys of each account, as IAM tells them. */
  keyHealth: AccountKeys[];
  handOuts: HandOuts;
  mfa: Mfa;
  vault: Vault;
  /** Asks something of the page, as the menu and the keychain do; there once the page listens. */
  askPage?: (request: PageRequest) => void;
  /** How to take back what was done, by its id in the history. */
  undo: Record<string, () => void>;
  cancelled: Set<string>;
  /** Who wants to hear that the AWS files changed. */
  watchers: Set<() => void>;
  /** What ends when a task is cancelled. */
  endings: Record<string, () => void>;
  /** One second here lasts this long, in milliseconds; 0 in tests. */
  second: number;
}

const DAY = 86_400_000;

export function daysAgo(days: number): string {
  return new Date(Date.now() - days * DAY).toISOString();
}

export function failure(code: string, message: string, cause = "", hint = ""): Failure {
  return { code, message, cause, hint };
}

export function profile(name: string, change: Partial<ProfileRow> = {}): ProfileRow {
  return {
    name,
    kind: "accessKey",
    secret: "keychain",
    keyId: null,
    region: "eu-north-1",
    endpointUrl: null,
    practice: false,
    identity: null,
    lastTested: null,
    lastTestPassed: null,
    keyStored: null,
    group: null,
    ssoSession: null,
    sourceProfile: null,
    production: false,
    ...change,
  };
}

const DEFAULT_SETTINGS: Settings = {
  appearance: "system",
  defaultRegion: "us-east-1",
  defaultOutput: "json",
  store: "keychain",
  lockAfterMinutes: 15,
  clipboardSeconds: 60,
  proxy: "",
  noProxy: "",
  caBundle: "",
  keyRotateDays: 90,
  keyUnusedDays: 90,
  rotateInBackground: false,
  notifySessions: true,
  transferParallel: 4,
  transferKibPerSecond: 0,
};

function user(account: string, name: string): ProfileRow["identity"] {
  return { accountId: account, arn: `arn:aws:iam::${account}:user/${name}`, name, kind: "user" };
}

const FULL: ProfileRow[] = [
  profile("default", { keyId: "AKIAIOSFODNN7EXAMPLE", identity: user("111122223333", "marta.lindqvist"), lastTested: daysAgo(0.002), lastTestPassed: true, keyStored: Date.now() / 1000 - 34 * 86_400 }),
  profile("harbour-prod", { production: true, keyId: "AKIAI44QH8DHBEXAMPLE", region: "eu-central-1", identity: user("123456789012", "marta.lindqvist"), lastTested: daysAgo(0.05), lastTestPassed: true, keyStored: Date.now() / 1000 - 81 * 86_400 }),
  profile("media", { keyId: "AKIAPRACTICE00MEDIA0", secret: "plainText", identity: user("111122223333", "media-uploader") }),
  profile("analytics", { kind: "role", secret: "none", sourceProfile: "default", identity: { accountId: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/ReadOnly/keywell", name: "ReadOnly", kind: "assumedRole" }, lastTested: daysAgo(0.1), lastTestPassed: true }),
  profile("staging", { kind: "signIn", secret: "none", ssoSession: "harbour", region: "eu-west-1" }),
  profile("practice", { keyId: "AKIAPRACTICE7ADMIN00", practice: true, region: "us-east-1", endpointUrl: "http://127.0.0.1:4566", identity: user("555566667777", "Administrator"), lastTested: daysAgo(6), lastTestPassed: true, keyStored: Date.now() / 1000 - 6 * 86_400 }),
  profile("old-laptop", { keyId: "AKIAPRACTICE0LAPTOP0", secret: "plainText", region: null, lastTested: daysAgo(1), lastTestPassed: false }),
];

const USERS = ["marta.lindqvist", "ci-deploy", "media-uploader", "report-runner", "nas"];

function key(keyId: string, change: Partial<AccessKeyRow> = {}): AccessKeyRow {
  return {
    keyId,
    active: true,
    created: daysAgo(34),
    lastUsed: daysAgo(0.2),
    lastUsedService: "s3",
    lastUsedRegion: "eu-north-1",
    description: null,
    profiles: [],
    ...change,
  };
}

/** One that watches its old key, of which something was seen. */
function rotation(): Rotation {
  return {
    state: "watching",
    profile: "harbour-prod",
    profiles: ["harbour-prod"],
    using: null,
    user: "marta.lindqvist",
    accountId: "123456789012",
    oldKeyId: "AKIAIHARBOUROEXAMPLE",
    newKeyId: "AKIAI44QH8DHBEXAMPLE",
    began: daysAgo(3),
    switched: daysAgo(3),
    inactiveSince: daysAgo(3),
    deleteDue: daysAgo(-4),
    graceSeconds: 7 * 86_400,
    lateUse: { at: daysAgo(0.2), service: "s3", region: "us-east-1" },
    notes: [],
  };
}

function object(keyName: string, size: number, days: number): ObjectRow {
  return { key: keyName, size, modified: daysAgo(days), storageClass: "STANDARD" };
}

/** A new world, so that tests do not share one. */
export function makeWorld(name: WorldName, second: number): World {
  const full = name !== "fresh" && name !== "broken";
  return {
    overview: {
      version: "0.1.0",
      platform: "linux",
      configFile: "~/.aws/config",
      credentialsFile: "~/.aws/credentials",
      profiles: full ? structuredClone(FULL) : [],
      profileInUse: full ? "default" : null,
      vault: { available: true, label: "Login keyring", problem: null },
      practice: { running: false, exists: false, endpointUrl: null, csvPath: null },
      problem:
        name === "broken"
          ? failure("files.permission", "~/.aws/config can not be read.", "It belongs to another user.", "Make it yours: sudo chown $USER ~/.aws/config")
          : null,
    },
    properties: {},
    sections: full ? [{ kind: "ssoSession", name: "harbour" }, { kind: "ssoSession", name: "spare" }, { kind: "services", name: "local" }] : [],
    drafts: {},
    users: USERS.map((one, at) => ({
      name: one,
      arn: `arn:aws:iam::111122223333:user/${one}`,
      path: "/",
      created: daysAgo(400 - at * 60),
      isCaller: at === 0,
    })),
    keys: {
      "marta.lindqvist": [key("AKIAIOSFODNN7EXAMPLE", { profiles: ["default"], description: "Laptop" })],
      "ci-deploy": [
        key("AKIAPRACTICE0DEPLOY1", { created: daysAgo(212) }),
        key("AKIAPRACTICE0DEPLOY2", { active: false, created: daysAgo(500), lastUsed: null, lastUsedService: null, lastUsedRegion: null }),
      ],
      "media-uploader": [key("AKIAPRACTICE00MEDIA0", { profiles: ["media"], created: daysAgo(143) })],
    },
    items: {
      "marta.lindqvist": [
        { kind: "loginProfile", id: "marta.lindqvist", name: "marta.lindqvist" },
        { kind: "mfaDevice", id: "arn:aws:iam::111122223333:mfa/marta-phone", name: "arn:aws:iam::111122223333:mfa/marta-phone" },
        { kind: "group", id: "administrators", name: "administrators" },
        { kind: "group", id: "designers", name: "designers" },
      ],
      "ci-deploy": [{ kind: "attachedPolicy", id: "arn:aws:iam::aws:policy/AmazonS3FullAccess", name: "AmazonS3FullAccess" }],
      "media-uploader": [{ kind: "inlinePolicy", id: "uploads", name: "uploads" }, { kind: "group", id: "robots", name: "robots" }],
    },
    descriptions: { "media-uploader": "Uploads the photos of the harbour" },
    unfinished: [],
    buckets: [
      { name: "harbour-media-originals", region: "eu-north-1", created: daysAgo(700) },
      { name: "harbour-web-assets", region: "us-east-1", created: daysAgo(420) },
      { name: "harbour-backups", region: "eu-central-1", created: daysAgo(90) },
      { name: "harbour-empty", region: "eu-north-1", created: daysAgo(1) },
    ],
    objects: {
      "harbour-media-originals": [
        object("readme.txt", 1_204, 30),
        ...Array.from({ length: 24 }, (_, at) => object(`raw/2026/DSC_${8400 + at}.NEF`, 31_400_000 + at * 71_113, 3 + at / 10)),
        object("raw/index.csv", 88_120, 3),
        object("film/quay.mov", 2_412_000_000, 12),
      ],
      "harbour-web-assets": [object("index.html", 5_120, 2), object("img/logo.svg", 2_048, 60)],
      "harbour-backups": Array.from({ length: 40 }, (_, at) => object(`postgres/2026-10-${String(at + 1).padStart(2, "0")}.dump`, 812_000_000 + at * 1_000_003, 40 - at)),
      "harbour-empty": [],
    },
    transfers: [],
    rotations: full ? [rotation()] : [],
    accesses: [],
    settings: { ...DEFAULT_SETTINGS },
    history: [],
    health: makeHealth(name),
    keyHealth: makeKeyHealth(name, full),
    handOuts: makeHandOuts(name),
    mfa: makeMfa(),
    vault: makeVault(full ? ["AKIAPRACTICE00000001", "AKIAPRACTICE00000002", "AKIAPRACTICE00000003"] : []),
    undo: {},
    cancelled: new Set(),
    watchers: new Set(),
    endings: {},
    second,
  };
}
