// Written by `cargo xtask types` from crates/wire. Do not edit.

export type Access = { state: AccessState, accountId: string, user: string, bucket: string, prefix: string, allow: AccessAllow, profile: string, using: string, keyId: string | null, 
/**
 * RFC 3339, UTC.
 */
began: string, };
export type AccessAllow = { read: boolean, write: boolean, list: boolean, delete: boolean, 
/**
 * Reading and listing extend to older versions.
 */
versions: boolean, };
export type AccessGrantRequest = { task: string, plan: AccessPlan, };
export type AccessGranted = { access: Access, summary: SetupSummary, proof: Array<AccessProof>, };
export type AccessKeyList = { user: string, keys: Array<AccessKeyRow>, 
/**
 * How many keys a user may have.
 */
limit: number, 
/**
 * When there is room for no more: the key to part with first.
 */
spare: SpareKey | null, };
export type AccessKeyRow = { keyId: string, active: boolean, created: string | null, lastUsed: string | null, lastUsedService: string | null, lastUsedRegion: string | null, description: string | null, 
/**
 * Profiles on this machine that hold this key.
 */
profiles: Array<string>, };
export type AccessPlan = { 
/**
 * The profile that acts.
 */
using: string, user: string, bucket: string, 
/**
 * Where a new bucket is to be; `null` for one that is there.
 */
newBucketRegion: string | null, prefix: string, allow: AccessAllow, 
/**
 * The policy as the person edited it; `null` for the one that Keywell makes.
 */
policy: string | null, 
/**
 * The new profile that is to hold the key.
 */
profile: string, };
export type AccessPreview = { 
/**
 * JSON on several lines: what Keywell would make of the plan, whatever was edited.
 */
policy: string, 
/**
 * Of the edited policy, or else of the one that Keywell makes.
 */
flaws: Array<PolicyFlaw>, 
/**
 * In characters, as IAM counts them.
 */
length: number, limit: number, bucketProblem: Failure | null, prefixProblem: Failure | null, allowProblem: Failure | null, userProblem: Failure | null, profileProblem: Failure | null, 
/**
 * What is worth knowing and no fault.
 */
notes: Array<string>, };
export type AccessProof = { 
/**
 * What was tried: "Read an object below in/".
 */
attempt: string, 
/**
 * Whether the program should be able to do it.
 */
wanted: boolean, outcome: ProofOutcome, 
/**
 * Why, where it was not as it should be.
 */
detail: string, };
export type AccessRevokeRequest = { task: string, accountId: string, user: string, 
/**
 * Another profile that acts; `null` for the one that acted before.
 */
using: string | null, };
export type AccessRevoked = { access: Access, 
/**
 * What stays, and why.
 */
kept: Array<string>, };
export type AccessState = "made" | "running" | "interrupted";
export type AccountKeys = { 
/**
 * The profile that asked.
 */
profile: string, accountId: string | null, readBy: ReadBy, 
/**
 * When IAM made the credential report that the rows are from.
 */
reportMade: string | null, users: number, keys: Array<HealthKey>, 
/**
 * Users whose keys could not be read.
 */
unread: Array<UnreadUser>, 
/**
 * Users that were not asked for, since the work was stopped.
 */
leftOut: number, 
/**
 * What could not be had beside the keys, as sentences.
 */
notes: Array<string>, 
/**
 * Why nothing could be read.
 */
failure: Failure | null, };
export type AccountUsers = { 
/**
 * The profile that read them.
 */
profile: string, 
/**
 * None when they could not be read.
 */
list: UserList | null, failure: Failure | null, };
export type AllUsersRequest = { task: string, };
export type Appearance = "system" | "light" | "dark" | "contrast";
export type AskAnswer = { "kind": "code", code: string, } | { "kind": "passphrase", passphrase: string, } | { "kind": "leave", leave: Leave, } | { "kind": "cancelled" };
export type AskKind = "code" | "passphrase" | "leave";
export type AskQuestion = { kind: AskKind, profile: string, account: string | null, 
/**
 * The MFA device, as its owner named it.
 */
device: string | null, 
/**
 * The encrypted file that is locked.
 */
file: string | null, 
/**
 * The code or passphrase before this one was refused.
 */
again: boolean, 
/**
 * The program that wants the credentials, then its parents; empty where the system does not tell.
 */
programs: Array<string>, 
/**
 * The folder that the program is in.
 */
folder: string, 
/**
 * How long the person may take.
 */
seconds: number, };
export type AwsFile = "config" | "credentials";
export type BackupDraft = { draft: string, rows: Array<BackupRow>, };
export type BackupOpenRequest = { path: string, passphrase: string, };
export type BackupRestoreRequest = { draft: string, 
/**
 * Whether those that the store holds with another secret are stored too.
 */
replace: boolean, };
export type BackupRestored = { stored: number, };
export type BackupRow = { keyId: string, 
/**
 * The profile that it was stored for; empty for what Keywell keeps for itself.
 */
profile: string, what: RestoreWhat, };
export type BackupSaved = { path: string, 
/**
 * Names of items; access key IDs for the most part.
 */
items: Array<string>, 
/**
 * Items that could not be read and are not in it.
 */
unreadable: Array<UnreadableItem>, };
export type BucketCreateRequest = { profile: string, bucket: string, region: string, 
/**
 * The id that the page chose, by which it can stop this.
 */
task: string, };
export type BucketList = { buckets: Array<BucketRow>, 
/**
 * True when this key may not list buckets; one can still be opened by name.
 */
denied: boolean, };
export type BucketNameCheck = { problem: Failure | null, };
export type BucketNameRequest = { name: string, };
export type BucketRequest = { profile: string, bucket: string, 
/**
 * The id that the page chose, by which it can stop this.
 */
task: string, };
export type BucketRow = { name: string, region: string | null, created: string | null, };
export type BucketSettings = { name: string, region: string, publicAccessBlocked: boolean | null, aclsOff: boolean | null, 
/**
 * `AES256`, `aws:kms`, …
 */
encryption: string | null, };
export type ConsolePage = "signUp" | "users" | "ownAccessKeys" | "cloudShell" | "identityCenter" | "roles" | "rolesAnywhere";
export type ConsoleRequest = { page: ConsolePage, };
export type CopyKind = "awsFile" | "csv" | "variables" | "otherTool";
export type CopyRequest = { text: string, };
export type CsvArrival = { path: string, fileName: string, };
export type CsvRequest = { path: string, 
/**
 * Which row, when the file holds several keys; counted from 0.
 */
row: number | null, };
export type Diagnostics = { text: string, };
export type DiffKind = "same" | "added" | "removed";
export type DiffLine = { kind: DiffKind, text: string, };
export type DoctorFixRequest = { code: string, subject: string, };
export type DoctorFixed = { 
/**
 * The finding's message.
 */
message: string, undo: Undo | null, };
export type DoctorReport = { findings: Array<MachineFinding>, 
/**
 * What was looked at, and how it is.
 */
looks: Array<Look>, 
/**
 * RFC 3339, UTC.
 */
at: string, };
export type DoctorRequest = { task: string, 
/**
 * False leaves out every question over the network.
 */
online: boolean, };
export type DownloadRequest = { profile: string, bucket: string, 
/**
 * The folder that is being looked at; names on disk are relative to it.
 */
prefix: string, keys: Array<string>, folders: Array<string>, 
/**
 * `null` asks the person with the system's picker.
 */
directory: string | null, onConflict: OnConflict, };
export type DraftRequest = { draft: string, };
export type DueKey = { keyId: string, 
/**
 * The profiles that use it.
 */
profiles: Array<string>, ageDays: number, 
/**
 * AWS did not tell its age; it has been in the keychain for so long.
 */
atLeast: boolean, };
export type Failure = { 
/**
 * Stable, dotted, lower case: `sts.unknown_key`.
 */
code: string, 
/**
 * What happened, one sentence.
 */
message: string, 
/**
 * Why, one or two sentences; empty when the message says it all.
 */
cause: string, 
/**
 * What to do now; empty when nothing can be done.
 */
hint: string, };
export type FieldKind = "text" | "region" | "choice" | "number" | "url" | "roleArn" | "mfaSerial" | "accountId" | "externalId" | "sessionName" | "size" | "command" | "profile" | "ssoSession" | "services";
export type FileProblem = { 
/**
 * Counted from 1.
 */
line: number, message: string, 
/**
 * False where only a person can decide.
 */
mends: boolean, };
export type FileProblems = { file: AwsFile, path: string, 
/**
 * Stands for the text that was looked at.
 */
version: string, problems: Array<FileProblem>, 
/**
 * What mending would change, secrets masked; empty where nothing can be mended.
 */
diff: Array<DiffLine>, 
/**
 * Why the file can not be read at all.
 */
failure: Failure | null, };
export type FileRepairRequest = { file: AwsFile, version: string, };
export type Finding = { code: string, severity: Severity, message: string, detail: string, };
export type HandOut = { 
/**
 * RFC 3339, UTC.
 */
at: string, profile: string, 
/**
 * `key`, `session`, `role`, `other`, or `refused`: the person said no.
 */
kind: string, 
/**
 * Asked of STS just then, and not taken from the cache.
 */
fresh: boolean, 
/**
 * The program that asked, then its parents; empty where the system does not tell.
 */
programs: Array<string>, 
/**
 * The folder that the program was in.
 */
folder: string, };
export type HandOutChoices = { 
/**
 * Programs get sessions of the key and never the key itself. None where they get sessions in any case: a role.
 */
shortSessions: boolean | null, 
/**
 * The person is asked the first time a program wants it.
 */
askFirst: boolean, };
export type HandOutChoicesRequest = { profile: string, choices: HandOutChoices, };
export type HandOutsRequest = { longest: number, };
export type HealthKey = { user: string, isRoot: boolean, 
/**
 * None while only the credential report is known, which has no key IDs.
 */
keyId: string | null, active: boolean, created: string | null, 
/**
 * Whole days since it was made.
 */
ageDays: number | null, lastUsed: string | null, lastUsedService: string | null, lastUsedRegion: string | null, description: string | null, 
/**
 * Profiles on this machine that hold it.
 */
profiles: Array<string>, state: KeyState, 
/**
 * Days until its rotation is due; below zero when it is overdue. None for keys that are not to be rotated.
 */
dueInDays: number | null, 
/**
 * AWS found its secret in public and quarantined its user.
 */
quarantined: boolean, };
export type HistoryDetails = { entry: HistoryEntry, 
/**
 * What it did to the config file.
 */
diff: Array<DiffLine>, 
/**
 * A part of it is sealed and not in the diff.
 */
sealed: boolean, 
/**
 * What stands in the way of taking it back, as far as that is not sealed.
 */
conflict: UndoConflict | null, };
export type HistoryEntry = { id: string, 
/**
 * RFC 3339, UTC.
 */
at: string, 
/**
 * What was done, as a sentence.
 */
text: string, profile: string, files: Array<string>, state: HistoryState, 
/**
 * The change that this one took back.
 */
undoes: string | null, };
export type HistoryRequest = { id: string, };
export type HistoryState = "done" | "undone" | "notKept";
export type IdentityCard = { accountId: string, arn: string, 
/**
 * The user's or role's name, from the ARN; "root" for the account's root user.
 */
name: string, kind: IdentityKind, };
export type IdentityKind = "user" | "root" | "assumedRole" | "federated";
export type KeyChoice = { row: number, user: string | null, keyId: string, };
export type KeyCreateRequest = { task: string, 
/**
 * The profile that acts.
 */
profile: string, user: string, description: string, newProfile: NewProfile | null, };
export type KeyCreated = { keyId: string, 
/**
 * The profile that was made of it.
 */
summary: SetupSummary | null, 
/**
 * The id of the unfinished key, when no profile was asked for.
 */
waiting: string | null, 
/**
 * Why the description could not be stored, when the key was made without it.
 */
descriptionFailure: Failure | null, };
export type KeyDraft = { draft: string, source: KeySource, 
/**
 * Path of the csv or name of the profile it came from.
 */
sourceName: string | null, keyId: string, 
/**
 * True for ASIA keys, which need their session token and end by themselves.
 */
temporary: boolean, suggestedProfile: string, suggestedRegion: string, suggestedOutput: string, suggestedEndpointUrl: string | null, 
/**
 * True when there is no `default` profile, so the page can offer to make one.
 */
defaultFree: boolean, findings: Array<Finding>, 
/**
 * The keys of a csv that holds several; the person chooses one.
 */
choices: Array<KeyChoice>, };
export type KeyFinding = { code: KeyFindingCode, severity: Severity, 
/**
 * The profile that asked; none for what is known of this machine alone.
 */
askedBy: string | null, user: string | null, keyId: string | null, 
/**
 * The profiles on this machine that it is about.
 */
profiles: Array<string>, message: string, 
/**
 * Why it matters.
 */
detail: string, remedy: KeyRemedy, 
/**
 * The same as a command, where there is one.
 */
command: string | null, };
export type KeyFindingCode = "old" | "unused" | "neverUsed" | "forgotten" | "plain" | "several" | "gone" | "deletedUser" | "root" | "quarantined";
export type KeyGlance = { keyId: string, active: boolean, 
/**
 * RFC 3339, UTC.
 */
created: string | null, 
/**
 * None when it was never used, or the caller may not know.
 */
lastUsed: string | null, };
export type KeyHealth = { 
/**
 * RFC 3339, UTC, as the other times here.
 */
at: string, accounts: Array<AccountKeys>, 
/**
 * Most urgent first.
 */
findings: Array<KeyFinding>, 
/**
 * The policy: a key older than this is to be rotated.
 */
rotateAfterDays: number, 
/**
 * A key that was not used for longer than this is called unused.
 */
unusedAfterDays: number, };
export type KeyHealthPart = { profile: string, accountId: string | null, readBy: ReadBy, reportMade: string | null, users: number, 
/**
 * Users read so far.
 */
read: number, 
/**
 * The rows that came new.
 */
keys: Array<HealthKey>, };
export type KeyHealthRequest = { task: string, 
/**
 * The profile that asks. None: one profile for each account that the profiles of this machine open.
 */
profile: string | null, };
export type KeyRemedy = { "kind": "rotate", profile: string, } | { "kind": "deactivate", profile: string, user: string, keyId: string, } | { "kind": "openUser", profile: string, user: string, } | { "kind": "migrate", key: string, } | { "kind": "setUp", profile: string, } | { "kind": "advice", text: string, };
export type KeyRequest = { profile: string, user: string, keyId: string, };
export type KeyRowsRequest = { profile: string, 
/**
 * At most 50.
 */
users: Array<string>, };
export type KeySource = "csv" | "paste" | "profile";
export type KeyState = "fine" | "due" | "overdue" | "unused" | "neverUsed" | "inactive";
export type KeyStatusRequest = { profile: string, user: string, keyId: string, active: boolean, };
export type LateUse = { at: string, service: string | null, region: string | null, };
export type Leave = "once" | "forAnHour" | "always" | "refused";
export type LeftBehind = { keyId: string, 
/**
 * Whether the other store has it too.
 */
isCopied: boolean, failure: Failure, };
export type Look = { 
/**
 * A few words: "AWS CLI".
 */
what: string, 
/**
 * How it is, one or more sentences. What is wrong with it is among the findings.
 */
state: string, };
export type MachineFinding = { 
/**
 * Names the kind: `files.permissions`. Several findings may have one.
 */
code: string, severity: Severity, 
/**
 * What is wrong, one sentence.
 */
message: string, 
/**
 * Why it matters.
 */
detail: string, remedy: Remedy, 
/**
 * What the finding is about: a profile's name, a file. Names it for its remedy together with the code.
 */
subject: string, };
export type MfaCreateRequest = { profile: string, user: string, name: string, };
export type MfaDevice = { 
/**
 * Its ARN, or the number printed on a piece of hardware: what `mfa_serial` takes.
 */
serial: string, name: string, kind: MfaKind, 
/**
 * Keywell makes its codes.
 */
seedKept: boolean, };
export type MfaDevices = { devices: Array<MfaDevice>, 
/**
 * STS has no sessions with FIDO devices, so that such a user has to sign in another way.
 */
onlyFido: boolean, };
export type MfaDraft = { draft: string, name: string, serial: string, user: string, };
export type MfaEnableRequest = { draft: string, codes: [string, string], 
/**
 * Keeps the seed beside the access key, so that Keywell makes the codes.
 */
keepSeed: boolean, };
export type MfaEnabled = { serial: string, user: string, seedKept: boolean, };
export type MfaKind = "virtual" | "fido" | "hardware";
export type Migration = { id: string, keyId: string, profiles: Array<string>, 
/**
 * The files that were changed.
 */
files: Array<string>, 
/**
 * RFC 3339, UTC.
 */
at: string, 
/**
 * False where it was cut off before its end.
 */
finished: boolean, };
export type MigrationIdRequest = { id: string, };
export type MigrationList = { keys: Array<PlainKey>, unread: Array<UnreadPlace>, done: Array<Migration>, };
export type MigrationRequest = { task: string, key: string, 
/**
 * The name of the profile that is made, for a key that has none.
 */
newProfile: string | null, };
export type NewProfile = { name: string, region: string, };
export type ObjectDeleteRequest = { profile: string, bucket: string, 
/**
 * Object keys; one that ends in `/` and is listed in `folders` stands for all below it.
 */
keys: Array<string>, folders: Array<string>, 
/**
 * The id that the page chose, by which it can stop this.
 */
task: string, };
export type ObjectDeleted = { deleted: number, failed: Array<ObjectFailure>, };
export type ObjectFailure = { key: string, failure: Failure, };
export type ObjectListRequest = { profile: string, bucket: string, prefix: string, continuation: string | null, };
export type ObjectPage = { prefix: string, folders: Array<string>, objects: Array<ObjectRow>, continuation: string | null, region: string | null, };
export type ObjectRow = { key: string, size: number, modified: string | null, storageClass: string, };
export type OnConflict = "ask" | "replace" | "skip" | "keepBoth";
export type Overview = { version: string, 
/**
 * `linux`, `macos` or `windows`.
 */
platform: string, 
/**
 * The config file as a person writes it: `~/.aws/config`.
 */
configFile: string, credentialsFile: string, profiles: Array<ProfileRow>, 
/**
 * The profile that Keywell's pages act as; none until one is chosen or set up.
 */
profileInUse: string | null, vault: VaultStatus, practice: PracticeStatus, 
/**
 * Why `~/.aws` could not be read, when it could not.
 */
problem: Failure | null, };
export type PageAction = "setUp" | "search" | "shortcuts";
export type PageRequest = { "go": string } | { "do": PageAction } | { "say": Failure } | { "passphrase": PassphraseWanted };
export type PageShown = { phases: Array<StartPhase>, };
export type PassphraseRequest = { passphrase: string, };
export type PassphraseWanted = "existing" | "new";
export type PasteRequest = { keyId: string, secret: string, sessionToken: string | null, };
export type PlainCopy = { kind: CopyKind, 
/**
 * File and line, or tool and entry, as a person reads it.
 */
place: string, };
export type PlainKey = { 
/**
 * Names the key in requests: its ID, with a number behind it where one ID has several secrets.
 */
id: string, keyId: string, copies: Array<PlainCopy>, 
/**
 * The profiles that will use it from the keychain.
 */
profiles: Array<string>, 
/**
 * True when the profile is made for it; its name is a suggestion.
 */
newProfile: boolean, 
/**
 * Why it can not be moved.
 */
blocked: Failure | null, };
export type PolicyFlaw = { 
/**
 * Counted from 1; `null` for the policy as a whole.
 */
line: number | null, message: string, hint: string, 
/**
 * IAM would refuse it.
 */
blocking: boolean, };
export type PracticeStatus = { running: boolean, 
/**
 * True when it was started before, so its data is there.
 */
exists: boolean, endpointUrl: string | null, csvPath: string | null, };
export type PresignRequest = { profile: string, bucket: string, key: string, 
/**
 * Seconds, at most 604,800 (seven days).
 */
expiresSeconds: number, };
export type PresignedCopied = { expires: string, };
export type ProfileChange = { profile: string, diff: Array<DiffLine>, undo: Undo | null, 
/**
 * Why it can not be undone.
 */
note: string | null, };
export type ProfileConflict = { profile: string, 
/**
 * The settings that differ.
 */
settings: Array<string>, };
export type ProfileDetails = { row: ProfileRow, 
/**
 * Every setting in file order, secrets left out; those of a nested block as `s3.addressing_style`.
 */
properties: Array<Property>, configFile: string, 
/**
 * The section as it stands in the config file, secrets masked.
 */
configText: string, 
/**
 * False where there is no such section, or more than one.
 */
textEditable: boolean, 
/**
 * The profiles that act through this one.
 */
usedBy: Array<string>, 
/**
 * The sections that this profile can refer to.
 */
ssoSessions: Array<string>, services: Array<string>, 
/**
 * Things to mend that can be seen without the network.
 */
findings: Array<Finding>, };
export type ProfileExportRequest = { 
/**
 * All when none is named.
 */
profiles: Array<string>, };
export type ProfileField = { name: string, kind: FieldKind, choices: Array<string>, least: number | null, most: number | null, };
export type ProfileGroupRequest = { profile: string, 
/**
 * None takes it out of its group.
 */
group: string | null, };
export type ProfileImport = { added: Array<string>, replaced: Array<string>, unchanged: Array<string>, 
/**
 * Profiles that are here already with other settings, which were left as they are.
 */
conflicts: Array<ProfileConflict>, 
/**
 * Settings that were left out: keys in plain text.
 */
leftOut: Array<string>, diff: Array<DiffLine>, 
/**
 * Stands for all of the above.
 */
version: string, 
/**
 * None for a preview, and where nothing was written.
 */
undo: Undo | null, 
/**
 * Why it can not be undone.
 */
note: string | null, };
export type ProfileImportRequest = { 
/**
 * A file that the person gave this window.
 */
path: string, 
/**
 * Also changes profiles that are here already.
 */
replace: boolean, };
export type ProfileImportRun = { path: string, replace: boolean, 
/**
 * That of the preview that was shown; an import that would do anything else is refused.
 */
version: string, };
export type ProfileKind = "accessKey" | "role" | "signIn" | "webIdentity" | "otherProcess" | "empty";
export type ProfileMarkRequest = { profile: string, production: boolean, };
export type ProfilePairRequest = { from: string, to: string, };
export type ProfilePreview = { 
/**
 * What is wrong, by setting; empty name: with the whole.
 */
problems: Array<ValueProblem>, diff: Array<DiffLine>, };
export type ProfileRemoveRequest = { profile: string, 
/**
 * Also removes the key from the keychain when no other profile uses it. The key at AWS stays.
 */
forgetKey: boolean, 
/**
 * The profile that those act through from then on that acted through the removed one.
 */
successor: string | null, };
export type ProfileRequest = { profile: string, };
export type ProfileRow = { name: string, kind: ProfileKind, secret: SecretPlace, keyId: string | null, region: string | null, endpointUrl: string | null, 
/**
 * True when this profile points at the practice account on this machine.
 */
practice: boolean, 
/**
 * What the last test found out.
 */
identity: IdentityCard | null, 
/**
 * RFC 3339, UTC.
 */
lastTested: string | null, lastTestPassed: boolean | null, 
/**
 * A group that the person made.
 */
group: string | null, ssoSession: string | null, 
/**
 * The profile that this one acts through.
 */
sourceProfile: string | null, 
/**
 * Unix seconds at which Keywell stored the key.
 */
keyStored: number | null, 
/**
 * True when the person marked it as one of production; the window is tinted while it is in use.
 */
production: boolean, };
export type ProfileSaveRequest = { profile: string, 
/**
 * True when the profile must not exist yet.
 */
create: boolean, 
/**
 * `value: null` removes the property.
 */
values: Array<PropertyChange>, 
/**
 * What the form showed; a setting that differs from it by now is not written over.
 */
seen: Array<Property>, };
export type ProfileTextRequest = { profile: string, 
/**
 * The text that the person began with.
 */
seen: string, text: string, };
export type ProfilesChanged = { 
/**
 * Counts from 1 for this watch.
 */
number: number, };
export type ProofOutcome = "asWanted" | "notAsWanted" | "untried";
export type Property = { name: string, value: string, };
export type PropertyChange = { name: string, value: string | null, };
export type ReadBy = "report" | "perUser" | "ownOnly";
export type Region = { id: string, name: string, };
export type Remedy = { "kind": "fix", label: string, } | { "kind": "migrate", key: string, } | { "kind": "setUp", profile: string, } | { "kind": "rotate", profile: string, } | { "kind": "repair", file: AwsFile, } | { "kind": "command", command: string, };
export type RestoreWhat = "add" | "same" | "replace";
export type RotateManyRequest = { task: string, profiles: Array<string>, 
/**
 * How long the old keys are watched; seven days when not given.
 */
graceSeconds: number | null, };
export type RotateRequest = { task: string, profile: string, 
/**
 * Another profile that acts in the key's place.
 */
using: string | null, 
/**
 * How long the old key is watched; as it was, or seven days, when not given.
 */
graceSeconds: number | null, };
export type Rotation = { state: RotationState, 
/**
 * The profile that the rotation was asked for.
 */
profile: string, 
/**
 * The profiles that use the old or the new key.
 */
profiles: Array<string>, 
/**
 * The profile that acts, where the key does not act for itself.
 */
using: string | null, user: string, accountId: string, oldKeyId: string, newKeyId: string | null, 
/**
 * RFC 3339, UTC, as the other times here.
 */
began: string, switched: string | null, inactiveSince: string | null, 
/**
 * When the old key is deleted if nothing uses it.
 */
deleteDue: string | null, graceSeconds: number, 
/**
 * Something used the old key after the switch. It is not deleted then until a person says so.
 */
lateUse: LateUse | null, 
/**
 * What could not be done and is no reason to stop.
 */
notes: Array<string>, };
export type RotationOutcome = { profile: string, rotation: Rotation | null, failure: Failure | null, };
export type RotationState = "creating" | "waiting" | "switched" | "watching" | "deleting" | "goingBack" | "done" | "wentBack";
export type SecretPlace = "keychain" | "plainText" | "missing" | "none";
export type SectionChange = { "kind": "rename", to: string, } | { "kind": "remove", successor: string | null, };
export type SectionKind = "ssoSession" | "services";
export type SectionPreview = { diff: Array<DiffLine>, 
/**
 * Stands for the diff.
 */
version: string, };
export type SectionRequest = { kind: SectionKind, name: string, change: SectionChange, };
export type SectionRun = { request: SectionRequest, 
/**
 * That of the preview that was shown; a change that would do anything else is refused.
 */
version: string, };
export type SettingOverride = { 
/**
 * The field's name in `Settings`.
 */
field: string, variable: string, };
export type SettingProblem = { 
/**
 * The field's name in `Settings`.
 */
field: string, failure: Failure, };
export type Settings = { appearance: Appearance, 
/**
 * Of new profiles.
 */
defaultRegion: string, 
/**
 * The AWS CLI's output format of new profiles.
 */
defaultOutput: string, 
/**
 * Where new keys are kept.
 */
store: StoreChoice, 
/**
 * So long after its passphrase was given, the encrypted file asks for it again; 0: not before the machine restarts.
 */
lockAfterMinutes: number, 
/**
 * After so long a copied secret or link is taken off the clipboard; 0: never.
 */
clipboardSeconds: number, 
/**
 * `http://host:port`. The environment's proxy variables win.
 */
proxy: string, 
/**
 * Hosts that are asked directly, as in `NO_PROXY`, which wins.
 */
noProxy: string, 
/**
 * PEM file that replaces the system's certificate authorities. `AWS_CA_BUNDLE` and a profile's `ca_bundle` win.
 */
caBundle: string, 
/**
 * A key older than this, in days, is to be rotated; reminders say so.
 */
keyRotateDays: number, 
/**
 * A key that was not used for longer than this, in days, is called unused.
 */
keyUnusedDays: number, 
/**
 * Keywell may rotate keys that are due while its window is open, and go on with rotations that wait.
 */
rotateInBackground: boolean, 
/**
 * The window tells of sessions that end soon and need a person.
 */
notifySessions: boolean, 
/**
 * Files of one upload or download that are on their way at the same time.
 */
transferParallel: number, 
/**
 * All transfers together, in KiB per second; 0: as fast as it goes.
 */
transferKibPerSecond: number, };
export type SettingsState = { settings: Settings, 
/**
 * Where they are stored, as a person writes it.
 */
file: string, 
/**
 * Why what is stored is not in force; then all settings are the defaults.
 */
problem: Failure | null, 
/**
 * Fields that are refused. After a save: nothing was saved. Else the stored value is not in force.
 */
problems: Array<SettingProblem>, 
/**
 * Fields that do nothing now, since a variable of the environment decides.
 */
overrides: Array<SettingOverride>, };
export type SetupPlan = { draft: string, profile: string, region: string, output: string, endpointUrl: string | null, 
/**
 * Allows writing over a profile that exists.
 */
replace: boolean, 
/**
 * Typed by the person to store a root user's key; empty otherwise.
 */
rootConfirmation: string, };
export type SetupPreview = { configFile: string, diff: Array<DiffLine>, nameProblem: Failure | null, exists: boolean, regionProblem: Failure | null, endpointProblem: Failure | null, };
export type SetupRequest = { task: string, plan: SetupPlan, };
export type SetupSummary = { profile: string, keyId: string, identity: IdentityCard, steps: Array<Step>, 
/**
 * Exact commands to try.
 */
commands: Array<string>, 
/**
 * The csv that still holds the secret, when there is one to delete.
 */
csvPath: string | null, undo: Undo | null, };
export type Severity = "note" | "warning" | "stop";
export type SharedSection = { kind: SectionKind, name: string, 
/**
 * The profiles that name it.
 */
usedBy: Array<string>, };
export type SpareKey = { keyId: string, reason: SpareReason, };
export type SpareReason = "inactive" | "unused" | "oldest";
export type StartPhase = { name: string, 
/**
 * Milliseconds of Unix time.
 */
at: number, };
export type Step = { id: StepId, state: StepState, 
/**
 * The step's name as a question or statement: "Who is this?"
 */
title: string, 
/**
 * What was found, one or two sentences. Empty while running.
 */
detail: string, 
/**
 * How long it took, in milliseconds, when the network was asked.
 */
milliseconds: number | null, 
/**
 * The time limit of a running step, in milliseconds.
 */
limitMilliseconds: number | null, failure: Failure | null, 
/**
 * A command that mends what was found, where one does.
 */
command: string | null, };
export type StepId = "form" | "identity" | "clock" | "buckets" | "store" | "write" | "prove" | "remove" | "sources" | "create" | "ready" | "switch" | "deactivate" | "activate" | "watch" | "delete" | "account" | "bucket" | "user" | "policy" | "can" | "canNot" | "takeBack" | "selfService" | "mfa" | "region" | "network";
export type StepState = "running" | "passed" | "answered" | "warning" | "failed";
export type StoreChoice = "keychain" | "file";
export type StoreState = { store: StoreChoice, label: string, 
/**
 * Of the encrypted file.
 */
path: string | null, isChosen: boolean, isThere: boolean, 
/**
 * Whether the encrypted file needs its passphrase first.
 */
isLocked: boolean, 
/**
 * Whether a trial item was written, read and deleted; only the chosen store is tried.
 */
isProven: boolean, milliseconds: number | null, 
/**
 * Access keys in it, where it was tried.
 */
items: number | null, unreadable: Array<UnreadableItem>, failure: Failure | null, };
export type Stores = { 
/**
 * The one that keeps new items.
 */
store: StoreChoice, stores: Array<StoreState>, };
export type StoresRequest = { 
/**
 * Whether a trial item is written, read and deleted, and every item read.
 */
prove: boolean, };
export type TaskRequest = { 
/**
 * The id that the page chose when it began the work.
 */
task: string, };
export type TestReport = { profile: string, passed: boolean, identity: IdentityCard | null, steps: Array<Step>, buckets: Array<BucketRow>, 
/**
 * False when the key may not list buckets.
 */
mayListBuckets: boolean, tested: string, };
export type TestRequest = { task: string, profile: string, };
export type TransferAnswer = { 
/**
 * Empty when the person closed the picker.
 */
transfers: Array<string>, 
/**
 * With `OnConflict::Ask`: names that are taken; nothing was started then.
 */
conflicts: Array<string>, 
/**
 * Of an upload: the files and folders that were named or picked.
 */
sources: Array<string>, 
/**
 * Of a download: the folder that was named or picked.
 */
directory: string | null, };
export type TransferBoard = { transfers: Array<TransferRow>, };
export type TransferDirection = "upload" | "download";
export type TransferRequest = { id: string, };
export type TransferRow = { id: string, direction: TransferDirection, state: TransferState, name: string, profile: string, bucket: string, key: string, path: string, bytesDone: number, bytesTotal: number, 
/**
 * Over the last seconds.
 */
bytesPerSecond: number, checksum: string | null, failure: Failure | null, started: string | null, ended: string | null, };
export type TransferState = "waiting" | "running" | "checking" | "done" | "failed" | "cancelled" | "skipped";
export type Undo = { token: string, 
/**
 * What undo would do, as a sentence for a toast.
 */
text: string, };
export type UndoAnswer = { change: ProfileChange | null, conflict: UndoConflict | null, };
export type UndoConflict = { file: string, 
/**
 * What was changed since.
 */
since: Array<DiffLine>, 
/**
 * What undo would have changed.
 */
wanted: Array<DiffLine>, };
export type UndoRequest = { token: string, };
export type UnfinishedFinishRequest = { task: string, id: string, newProfile: NewProfile, };
export type UnfinishedKey = { id: string, user: string, accountId: string, 
/**
 * The profile that acted.
 */
profile: string, description: string, 
/**
 * RFC 3339, UTC.
 */
asked: string, keyId: string | null, state: UnfinishedState, };
export type UnfinishedRequest = { id: string, };
export type UnfinishedState = "asked" | "lost" | "waiting";
export type UnreadPlace = { place: string, failure: Failure, };
export type UnreadUser = { user: string, failure: Failure, };
export type UnreadableItem = { keyId: string, failure: Failure, };
export type UploadRequest = { profile: string, bucket: string, prefix: string, 
/**
 * Files and folders on this machine. Empty asks the person with the system's picker.
 */
paths: Array<string>, 
/**
 * With empty `paths`: pick a folder instead of files.
 */
pickFolder: boolean, onConflict: OnConflict, };
export type UserCreateRequest = { profile: string, name: string, 
/**
 * `/` or `/team/`.
 */
path: string, description: string, };
export type UserCreated = { user: UserRow, 
/**
 * Why the description could not be stored, when the user was made without it.
 */
descriptionFailure: Failure | null, };
export type UserDeleteRequest = { profile: string, user: string, 
/**
 * What the person was shown. Nothing else is removed.
 */
items: Array<UserItem>, };
export type UserDeleted = { user: string, 
/**
 * False when something was removed and the user is still there.
 */
deleted: boolean, removed: Array<UserItem>, left: Array<UserItem>, 
/**
 * Profiles on this machine that held one of its keys.
 */
profiles: Array<string>, 
/**
 * Why it stopped.
 */
failure: Failure | null, };
export type UserDetails = { user: UserRow, 
/**
 * What the user is for.
 */
description: string | null, 
/**
 * None when the caller may not list them.
 */
keys: AccessKeyList | null, 
/**
 * In the order in which a delete removes them.
 */
items: Array<UserItem>, 
/**
 * Kinds that the caller may not see.
 */
hidden: Array<UserItemKind>, 
/**
 * What the caller may not do with this user, as IAM names it: `iam:DeleteUser`.
 */
deniedActions: Array<string>, };
export type UserGlance = { user: string, groups: Array<string> | null, mfaDevices: number | null, keys: Array<KeyGlance> | null, };
export type UserItem = { kind: UserItemKind, id: string, 
/**
 * What a person knows it by.
 */
name: string, };
export type UserItemKind = "loginProfile" | "accessKey" | "signingCertificate" | "sshPublicKey" | "serviceCredential" | "mfaDevice" | "inlinePolicy" | "attachedPolicy" | "group";
export type UserKeys = { user: string, keys: Array<HealthKey>, failure: Failure | null, };
export type UserList = { users: Array<UserRow>, accountId: string | null, 
/**
 * True when this caller may not list users; then `users` holds the caller alone, when known.
 */
denied: boolean, 
/**
 * What the caller may not do with users, as IAM names it: `iam:CreateUser`.
 */
deniedActions: Array<string>, };
export type UserRequest = { profile: string, user: string, };
export type UserRow = { name: string, arn: string, path: string, 
/**
 * RFC 3339, UTC.
 */
created: string | null, isCaller: boolean, };
export type ValueProblem = { name: string, failure: Failure, };
export type VaultMoveProgress = { stage: VaultMoveStage, done: number, all: number, };
export type VaultMoveRequest = { task: string, to: StoreChoice, passphrase: string | null, };
export type VaultMoveStage = "copying" | "deleting";
export type VaultMoved = { 
/**
 * The store that keeps new items from now on.
 */
store: StoreChoice, 
/**
 * Names of items; access key IDs for the most part.
 */
moved: Array<string>, leftBehind: Array<LeftBehind>, };
export type VaultStatus = { available: boolean, 
/**
 * "Login keyring", "Windows Credential Manager", "macOS keychain".
 */
label: string, problem: Failure | null, };

export interface Commands {
  overview: { request: null; answer: Overview; event: never };
  regions: { request: null; answer: Array<Region>; event: never };
  task_cancel: { request: TaskRequest; answer: null; event: never };
  undo: { request: UndoRequest; answer: UndoAnswer; event: never };
  history_list: { request: null; answer: Array<HistoryEntry>; event: never };
  history_show: { request: HistoryRequest; answer: HistoryDetails; event: never };
  clipboard_copy: { request: CopyRequest; answer: null; event: never };
  console_open: { request: ConsoleRequest; answer: null; event: never };
  downloads_watch: { request: TaskRequest; answer: null; event: CsvArrival };
  page_shown: { request: PageShown; answer: null; event: never };
  requests_watch: { request: null; answer: null; event: PageRequest };
  settings_show: { request: null; answer: SettingsState; event: never };
  settings_save: { request: Settings; answer: SettingsState; event: never };
  diagnostics_preview: { request: null; answer: Diagnostics; event: never };
  diagnostics_save: { request: null; answer: string | null; event: never };
  vault_stores: { request: StoresRequest; answer: Stores; event: never };
  vault_unlock: { request: PassphraseRequest; answer: null; event: never };
  vault_create: { request: PassphraseRequest; answer: null; event: never };
  vault_stay_locked: { request: null; answer: null; event: never };
  vault_lock: { request: null; answer: null; event: never };
  vault_move: { request: VaultMoveRequest; answer: VaultMoved; event: VaultMoveProgress };
  backup_save: { request: PassphraseRequest; answer: BackupSaved | null; event: never };
  backup_pick: { request: null; answer: string | null; event: never };
  backup_open: { request: BackupOpenRequest; answer: BackupDraft; event: never };
  backup_restore: { request: BackupRestoreRequest; answer: BackupRestored; event: never };
  backup_forget: { request: DraftRequest; answer: null; event: never };
  practice_start: { request: null; answer: PracticeStatus; event: never };
  practice_stop: { request: null; answer: PracticeStatus; event: never };
  csv_pick: { request: null; answer: string | null; event: never };
  setup_from_csv: { request: CsvRequest; answer: KeyDraft; event: never };
  setup_from_paste: { request: PasteRequest; answer: KeyDraft; event: never };
  setup_from_profile: { request: ProfileRequest; answer: KeyDraft; event: never };
  setup_preview: { request: SetupPlan; answer: SetupPreview; event: never };
  setup_run: { request: SetupRequest; answer: SetupSummary; event: Step };
  setup_forget: { request: DraftRequest; answer: null; event: never };
  csv_delete: { request: CsvRequest; answer: null; event: never };
  profile_show: { request: ProfileRequest; answer: ProfileDetails; event: never };
  profile_use: { request: ProfileRequest; answer: null; event: never };
  profile_mark: { request: ProfileMarkRequest; answer: ProfileRow; event: never };
  profile_test: { request: TestRequest; answer: TestReport; event: Step };
  profile_fields: { request: null; answer: Array<ProfileField>; event: never };
  profile_preview: { request: ProfileSaveRequest; answer: ProfilePreview; event: never };
  profile_save: { request: ProfileSaveRequest; answer: ProfileChange; event: never };
  profile_text_preview: { request: ProfileTextRequest; answer: ProfilePreview; event: never };
  profile_text_save: { request: ProfileTextRequest; answer: ProfileChange; event: never };
  profile_group: { request: ProfileGroupRequest; answer: null; event: never };
  profiles_watch: { request: TaskRequest; answer: null; event: ProfilesChanged };
  profile_copy: { request: ProfilePairRequest; answer: ProfileChange; event: never };
  profile_rename: { request: ProfilePairRequest; answer: ProfileChange; event: never };
  profile_remove: { request: ProfileRemoveRequest; answer: ProfileChange; event: never };
  profile_export: { request: ProfileExportRequest; answer: string | null; event: never };
  profile_import_pick: { request: null; answer: string | null; event: never };
  profile_import_preview: { request: ProfileImportRequest; answer: ProfileImport; event: never };
  profile_import: { request: ProfileImportRun; answer: ProfileImport; event: never };
  section_list: { request: null; answer: Array<SharedSection>; event: never };
  section_preview: { request: SectionRequest; answer: SectionPreview; event: never };
  section_change: { request: SectionRun; answer: ProfileChange; event: never };
  hand_out_choices: { request: ProfileRequest; answer: HandOutChoices | null; event: never };
  hand_out_choose: { request: HandOutChoicesRequest; answer: null; event: never };
  hand_out_list: { request: HandOutsRequest; answer: Array<HandOut>; event: never };
  ask_question: { request: null; answer: AskQuestion; event: never };
  ask_answer: { request: AskAnswer; answer: null; event: never };
  doctor_run: { request: DoctorRequest; answer: DoctorReport; event: never };
  doctor_fix: { request: DoctorFixRequest; answer: DoctorFixed; event: never };
  migration_list: { request: null; answer: MigrationList; event: never };
  migration_pick: { request: null; answer: string | null; event: never };
  migration_run: { request: MigrationRequest; answer: Migration; event: Step };
  migration_undo: { request: MigrationIdRequest; answer: null; event: never };
  migration_final: { request: MigrationIdRequest; answer: null; event: never };
  files_problems: { request: null; answer: Array<FileProblems>; event: never };
  files_repair: { request: FileRepairRequest; answer: ProfileChange; event: never };
  user_list: { request: ProfileRequest; answer: UserList; event: never };
  user_list_all: { request: AllUsersRequest; answer: Array<AccountUsers>; event: AccountUsers };
  user_glance: { request: UserRequest; answer: UserGlance; event: never };
  user_show: { request: UserRequest; answer: UserDetails; event: never };
  user_create: { request: UserCreateRequest; answer: UserCreated; event: never };
  user_delete: { request: UserDeleteRequest; answer: UserDeleted; event: never };
  key_list: { request: UserRequest; answer: AccessKeyList; event: never };
  key_create: { request: KeyCreateRequest; answer: KeyCreated; event: Step };
  key_set_status: { request: KeyStatusRequest; answer: null; event: never };
  key_delete: { request: KeyRequest; answer: null; event: never };
  key_unfinished: { request: null; answer: Array<UnfinishedKey>; event: never };
  key_finish: { request: UnfinishedFinishRequest; answer: SetupSummary; event: Step };
  key_discard: { request: UnfinishedRequest; answer: string | null; event: never };
  key_release: { request: UnfinishedRequest; answer: null; event: never };
  key_reveal: { request: UnfinishedRequest; answer: null; event: never };
  key_copy: { request: UnfinishedRequest; answer: null; event: never };
  key_save: { request: UnfinishedRequest; answer: string | null; event: never };
  rotation_list: { request: null; answer: Array<Rotation>; event: never };
  key_rotate: { request: RotateRequest; answer: Rotation; event: Step };
  key_rotate_back: { request: RotateRequest; answer: Rotation; event: Step };
  key_rotate_many: { request: RotateManyRequest; answer: Array<RotationOutcome>; event: RotationOutcome };
  rotation_due: { request: null; answer: Array<DueKey>; event: never };
  key_health: { request: KeyHealthRequest; answer: KeyHealth; event: KeyHealthPart };
  key_health_rows: { request: KeyRowsRequest; answer: Array<UserKeys>; event: never };
  key_health_save: { request: null; answer: string | null; event: never };
  access_preview: { request: AccessPlan; answer: AccessPreview; event: never };
  access_grant: { request: AccessGrantRequest; answer: AccessGranted; event: Step };
  access_list: { request: null; answer: Array<Access>; event: never };
  access_revoke: { request: AccessRevokeRequest; answer: AccessRevoked; event: Step };
  mfa_list: { request: UserRequest; answer: MfaDevices; event: never };
  mfa_create: { request: MfaCreateRequest; answer: MfaDraft; event: never };
  mfa_show: { request: DraftRequest; answer: null; event: never };
  mfa_enable: { request: MfaEnableRequest; answer: MfaEnabled; event: never };
  mfa_cancel: { request: DraftRequest; answer: null; event: never };
  bucket_list: { request: ProfileRequest; answer: BucketList; event: never };
  bucket_check_name: { request: BucketNameRequest; answer: BucketNameCheck; event: never };
  bucket_create: { request: BucketCreateRequest; answer: BucketSettings; event: never };
  bucket_delete: { request: BucketRequest; answer: null; event: never };
  object_list: { request: ObjectListRequest; answer: ObjectPage; event: never };
  object_delete: { request: ObjectDeleteRequest; answer: ObjectDeleted; event: never };
  object_presign: { request: PresignRequest; answer: PresignedCopied; event: never };
  upload: { request: UploadRequest; answer: TransferAnswer; event: never };
  download: { request: DownloadRequest; answer: TransferAnswer; event: never };
  transfers_watch: { request: TaskRequest; answer: null; event: TransferBoard };
  transfer_cancel: { request: TransferRequest; answer: null; event: never };
  transfers_clear: { request: null; answer: null; event: never };
}
