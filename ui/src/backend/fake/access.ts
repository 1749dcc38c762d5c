import type { AccessAllow, AccessPlan, AccessProof, PolicyFlaw } from "../wire";
import type { Handlers } from "./index";
import { find } from "./profiles";
import { playSteps, type ScriptedStep } from "./run";
import { failure, profile as row, type World } from "./world";

type Mine = "access_preview" | "access_grant" | "access_list" | "access_revoke";

const LIMIT = 2_048;

function policyOf({ bucket, prefix, allow }: AccessPlan): string {
  const resource = `arn:aws:s3:::${bucket}`;
  const list = allow.list ? ["s3:ListBucket"] : [];
  const objects = [
    ...(allow.read ? ["s3:GetObject"] : []),
    ...(allow.write ? ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"] : []),
    ...(allow.delete ? ["s3:DeleteObject"] : []),
  ];
  const statement = [
    { Sid: "Bucket", Effect: "Allow", Action: ["s3:GetBucketLocation", ...(prefix === "" ? list : [])], Resource: resource },
    ...(prefix !== "" && list.length > 0 ? [{ Sid: "List", Effect: "Allow", Action: list, Resource: resource, Condition: { StringLike: { "s3:prefix": `${prefix}*` } } }] : []),
    ...(objects.length > 0 ? [{ Sid: "Objects", Effect: "Allow", Action: objects, Resource: `${resource}/${prefix}*` }] : []),
  ];
  return JSON.stringify({ Version: "2012-10-17", Statement: statement }, null, 2);
}

/** A few of the real check's findings: no JSON, too long, and an action that is not there. */
function flawsOf(policy: string): PolicyFlaw[] {
  const flaws: PolicyFlaw[] = [];
  try {
    JSON.parse(policy);
  } catch {
    flaws.push({ line: policy.split("\n").length, message: "This is not JSON: Unterminated object.", hint: "Look at column 1.", blocking: true });
  }
  policy.split("\n").forEach((line, at) => {
    if (line.includes("s3:GetObjects")) flaws.push({ line: at + 1, message: "S3 has no action GetObjects, as far as Keywell knows.", hint: "Did you mean s3:GetObject? AWS takes it silently, and it allows nothing.", blocking: false });
  });
  const length = policy.replace(/\s/g, "").length;
  if (length > LIMIT) flaws.push({ line: null, message: `The policy has ${length} characters, and IAM allows a user’s own policies 2,048 in all. White space is not counted.`, hint: "Make it shorter: name folders instead of objects.", blocking: true });
  return flaws;
}

function proofOf({ bucket, prefix, allow }: AccessPlan, more: boolean): AccessProof[] {
  const key = `${prefix}keywell-probe`;
  const named: Array<[keyof AccessAllow, string]> = [
    ["list", prefix === "" ? `List all of ${bucket}` : `List ${prefix} in ${bucket}`],
    ["write", `Write ${key} in ${bucket}`],
    ["read", `Read ${key} in ${bucket}`],
    ["delete", `Delete ${key} in ${bucket}`],
  ];
  const of = (attempt: string, wanted: boolean, outcome: AccessProof["outcome"] = "asWanted"): AccessProof => ({ attempt, wanted, outcome, detail: "" });
  return [
    ...named.filter(([tick]) => allow[tick]).map(([, attempt]) => of(attempt, true)),
    ...named.filter(([tick]) => !allow[tick]).map(([tick, attempt]) => of(attempt, false, more && tick === "delete" ? "notAsWanted" : "asWanted")),
    ...(prefix === "" ? [] : [of(`List all of ${bucket}`, false), of(`Write keywell-probe-outside in ${bucket}`, false)]),
    of("List all of harbour-ledger", false),
    of("List the account’s buckets", false),
    of("List the account’s users", false),
  ];
}

const steps = (plan: AccessPlan): ScriptedStep[] => [
  { id: "account", title: "Who makes it?", detail: "IAM user marta.lindqvist in account 1111-2222-3333.", seconds: 0.3 },
  { id: "bucket", title: plan.newBucketRegion ? "The bucket is made" : "The bucket is there", detail: `${plan.bucket}, in ${plan.newBucketRegion ?? "eu-north-1"}.`, seconds: 0.2 },
  { id: "user", title: "The program’s user is made", detail: `arn:aws:iam::111122223333:user/${plan.user}, without a password.`, seconds: 0.3 },
  { id: "policy", title: "It gets its policy", detail: "keywell-access: 386 of 2048 characters.", seconds: 0.2 },
  { id: "create", title: "IAM makes its key", detail: "AKIA…ACCESS.", seconds: 0.2 },
  { id: "ready", title: "AWS knows the key everywhere", detail: "STS and S3 accepted it 5 times in a row, 9 seconds after the first question.", seconds: 5 },
  { id: "store", title: "The secret is in the keychain", detail: "Read back and compared.", seconds: 0.1 },
  { id: "write", title: "The profile is written", detail: `${plan.profile} in ~/.aws/config.`, seconds: 0.1 },
  { id: "prove", title: "The profile hands the key out", detail: "The same identity.", seconds: 0.3 },
];

function userProblem(world: World, user: string) {
  if (!/^[\w+=,.@-]{1,64}$/.test(user)) return failure("iam.user_name", user === "" ? "The user has no name." : "A user’s name has no blanks.", "", "Use letters, digits and _ + = , . @ -");
  return world.users.some((one) => one.name === user) ? failure("iam.entity_exists", `There is an IAM user ${user} already.`, "", "Choose another name.") : null;
}

export const accessHandlers: Pick<Handlers, Mine> = {
  access_preview: (world, plan) => {
    const made = policyOf(plan);
    const judged = plan.policy ?? made;
    const { read, write, list, delete: removes } = plan.allow;
    return {
      policy: made,
      flaws: flawsOf(judged),
      length: judged.replace(/\s/g, "").length,
      limit: LIMIT,
      bucketProblem: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(plan.bucket) ? null : failure("s3.bucket_name", plan.bucket === "" ? "The bucket has no name." : "A bucket name has 3 to 63 characters: a-z, 0-9 and hyphens.", "", ""),
      prefixProblem: plan.prefix.startsWith("/") ? failure("access.prefix", "The prefix begins with /, and object keys hardly ever do.", "", "Leave the first / out: in/ and not /in/") : null,
      allowProblem: read || write || list || removes ? null : failure("access.nothing_allowed", "Nothing is allowed, so the program could do nothing.", "", "Choose at least one of read, write, list and delete."),
      userProblem: userProblem(world, plan.user),
      profileProblem: world.overview.profiles.some((one) => one.name === plan.profile) ? failure("profile.exists", `There is a profile ${plan.profile} already.`, "", "Choose another name.") : plan.profile === "" ? failure("profile.name", "A profile needs a name.", "", "") : null,
      notes: plan.prefix !== "" && !plan.prefix.endsWith("/") ? [`Without a / at its end, the prefix ${plan.prefix} also covers names like ${plan.prefix}-old/.`] : [],
    };
  },
  access_grant: async (world, { task, plan }, emit) => {
    const identity = find(world, plan.using).identity;
    const made = await playSteps(world, task, steps(plan), emit);
    if (/fail/.test(plan.user)) {
      await playSteps(world, task, [{ id: "can", title: "It can do what it should", detail: "The program should be able to, and can not.", seconds: 0.4, state: "failed" }, { id: "takeBack", title: "What was made is taken back", detail: "Key, policy, user and profile are gone.", seconds: 0.4 }], emit);
      throw failure("access.unproven", `The program should be able to, and can not: Write ${plan.prefix}keywell-probe in ${plan.bucket}.`, "AWS said AccessDenied for s3:PutObject. What was made is gone again.", "Look at the bucket’s own policy.");
    }
    const more = /more/.test(plan.user);
    const proven = await playSteps(world, task, [
      { id: "can", title: "It can do what it should", detail: "Everything that was chosen.", seconds: 1 },
      { id: "canNot", title: "It can not do more", detail: more ? "It can do more than was chosen." : "All attempts were denied.", seconds: 1, state: more ? "warning" : "passed" },
    ], emit);
    const keyId = "AKIAPRACTICE00ACCESS";
    const accountId = identity?.accountId ?? "111122223333";
    const access = { state: "made" as const, accountId, user: plan.user, bucket: plan.bucket, prefix: plan.prefix, allow: plan.allow, profile: plan.profile, using: plan.using, keyId, began: new Date().toISOString() };
    const itself = { accountId, arn: `arn:aws:iam::${accountId}:user/${plan.user}`, name: plan.user, kind: "user" as const };
    world.accesses.push(access);
    world.users.push({ name: plan.user, arn: itself.arn, path: "/", created: access.began, isCaller: false });
    world.overview.profiles.push(row(plan.profile, { keyId, identity: itself }));
    return {
      access,
      summary: { profile: plan.profile, keyId, identity: itself, steps: [...made, ...proven], commands: [`aws s3 cp FILE s3://${plan.bucket}/${plan.prefix} --profile ${plan.profile}`], csvPath: null, undo: null },
      proof: proofOf(plan, more),
    };
  },
  access_list: (world) => world.accesses,
  access_revoke: async (world, { task, user }, emit) => {
    const access = world.accesses.find((one) => one.user === user);
    if (!access) throw failure("access.none", `Keywell gave no access to one user ${user}.`, "", "See what was given.");
    await playSteps(world, task, [{ id: "takeBack", title: "What was made is taken back", detail: "Key, policy, user and profile are gone.", seconds: 0.6 }], emit);
    world.accesses = world.accesses.filter((one) => one !== access);
    world.users = world.users.filter((one) => one.name !== user);
    world.overview.profiles = world.overview.profiles.filter((one) => one.name !== access.profile);
    return { access, kept: [] };
  },
};
