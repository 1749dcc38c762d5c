import type { Failure, KeyDraft, SetupPlan } from "../wire";
import type { Handlers } from "./index";
import { find } from "./profiles";
import { playSteps, undoable } from "./run";
import { failure, profile, type World } from "./world";

type Mine =
  | "setup_from_csv" | "setup_from_paste" | "setup_from_profile" | "setup_preview" | "setup_run" | "setup_forget";

function newDraft(world: World, change: Partial<KeyDraft>): KeyDraft {
  const draft: KeyDraft = {
    draft: `draft-${Object.keys(world.drafts).length + 1}`,
    source: "paste",
    sourceName: null,
    keyId: "AKIAIOSFODNN7EXAMPLE",
    temporary: false,
    suggestedProfile: "marta",
    suggestedRegion: "eu-north-1",
    suggestedOutput: "json",
    suggestedEndpointUrl: null,
    defaultFree: !world.overview.profiles.some((row) => row.name === "default"),
    findings: [],
    choices: [],
    ...change,
  };
  world.drafts[draft.draft] = draft;
  return draft;
}

function draftOf(world: World, plan: SetupPlan): KeyDraft {
  const draft = world.drafts[plan.draft];
  if (draft) return draft;
  throw failure("setup.draft_gone", "This set-up has ended.", "Its key is no longer in memory.", "Begin it again.");
}

function nameProblem(name: string): Failure | null {
  if (name.trim() === "") return failure("profile.name_empty", "A profile needs a name.", "", "Give it one, such as work.");
  if (/[\]\n]/.test(name)) return failure("profile.name", "A profile’s name can not hold ] or a line break.", "", "Use letters, digits, dots and dashes.");
  return null;
}

export const setupHandlers: Pick<Handlers, Mine> = {
  // The file's name decides what is found, so that each case can be tried by hand: two-keys.csv, root.csv, noise.csv.
  setup_from_csv: (world, { path, row }) => {
    const fileName = path.split("/").at(-1) ?? path;
    if (/noise|broken/.test(fileName)) throw failure("csv.no_key", `${fileName} holds no access key.`, "Its first line names no column “Access key ID”.", "Take the file that the console gave when the key was made.");
    const practice = fileName.startsWith("admin_");
    const many = /two/.test(fileName) && row === null;
    return newDraft(world, {
      source: "csv",
      sourceName: path,
      keyId: practice ? "AKIAPRACTICE7ADMIN00" : "AKIAIOSFODNN7EXAMPLE",
      suggestedProfile: practice ? "practice" : fileName.replace(/_accessKeys\.csv$|\.csv$/, ""),
      suggestedEndpointUrl: practice ? "http://127.0.0.1:4566" : null,
      suggestedRegion: practice ? "us-east-1" : "eu-north-1",
      findings: /root/.test(fileName) ? [{ code: "key.root", severity: "stop", message: "This is the root user’s key.", detail: "It can do everything in the account, and nothing can limit it." }] : [],
      choices: many
        ? [
            { row: 0, user: "marta", keyId: "AKIAIOSFODNN7EXAMPLE" },
            { row: 1, user: "ci-deploy", keyId: "AKIAI44QH8DHBEXAMPLE" },
          ]
        : [],
    });
  },
  setup_from_paste: (world, { keyId, secret, sessionToken }) => {
    const id = keyId.trim();
    if (!/^(AKIA|ASIA)[A-Z0-9]{16}$/.test(id)) throw failure("key.id_form", `${id.length} characters; a key ID has 20.`, "It begins with AKIA or ASIA.", "Copy it again from the console.");
    if (secret.trim().length !== 40) throw failure("key.secret_form", `The secret has ${secret.trim().length} characters; it should have 40.`, "", "Copy it again, whole.");
    if (id.startsWith("ASIA") && !sessionToken) throw failure("key.token_missing", "A temporary key needs its session token.", "Its ID begins with ASIA.", "Paste the session token too.");
    return newDraft(world, { keyId: id, temporary: id.startsWith("ASIA") });
  },
  setup_from_profile: (world, { profile: name }) => {
    const row = find(world, name);
    return newDraft(world, { source: "profile", sourceName: name, keyId: row.keyId ?? "AKIAIOSFODNN7EXAMPLE", suggestedProfile: name, suggestedRegion: row.region ?? "eu-north-1" });
  },
  setup_preview: (world, plan) => ({
    configFile: world.overview.configFile,
    diff: [
      { kind: "added", text: plan.profile === "default" ? "[default]" : `[profile ${plan.profile}]` },
      { kind: "added", text: `credential_process = /usr/bin/keywell credential-process --profile ${plan.profile}` },
      { kind: "added", text: `region = ${plan.region}` },
      { kind: "added", text: `output = ${plan.output}` },
      ...(plan.endpointUrl ? [{ kind: "added" as const, text: `endpoint_url = ${plan.endpointUrl}` }] : []),
    ],
    nameProblem: nameProblem(plan.profile),
    exists: world.overview.profiles.some((row) => row.name === plan.profile),
    regionProblem: /^[a-z]{2}(-[a-z]+)+-\d$/.test(plan.region) ? null : failure("region.form", `${plan.region || "Nothing"} is no region.`, "", "Choose one, such as eu-north-1."),
    endpointProblem: plan.endpointUrl && !/^https?:\/\//.test(plan.endpointUrl) ? failure("endpoint.form", "An endpoint begins with https:// or http://.", "", "Write the whole address.") : null,
  }),
  setup_run: async (world, { task, plan }, emit) => {
    const draft = draftOf(world, plan);
    const name = plan.profile;
    if (/fail/.test(name)) {
      await playSteps(world, task, [{ id: "form", title: "Is it well formed?", detail: "Yes.", seconds: 0.1 }], emit);
      throw failure("sts.unknown_key", "AWS does not know this key.", "It was deleted, or belongs to another partition.", "Make a new key in the console.");
    }
    const steps = await playSteps(
      world,
      task,
      [
        { id: "form", title: "Is it well formed?", detail: "A key ID of 20 characters and a secret of 40.", seconds: 0.1 },
        { id: "identity", title: "Who is this?", detail: "IAM user marta in account 1111-2222-3333.", seconds: 0.6 },
        { id: "clock", title: "Is the clock right?", detail: "0.2 s from the clock of AWS.", seconds: 0.1 },
        { id: "buckets", title: "Which buckets can it list?", detail: "AWS said no, and that is an answer: this user may not list buckets.", seconds: 0.7, state: "answered" },
        { id: "store", title: "Put the secret into the keychain", detail: "Read back and compared.", seconds: 0.3 },
        { id: "write", title: "Write the profile", detail: `${name} in ~/.aws/config.`, seconds: 0.1 },
        { id: "prove", title: "Use it as the AWS CLI does", detail: "The same identity.", seconds: 0.6 },
      ],
      emit,
    );
    const before = world.overview.profiles;
    const identity = { accountId: "111122223333", arn: "arn:aws:iam::111122223333:user/marta", name: "marta", kind: "user" as const };
    const row = profile(name, {
      keyId: draft.keyId,
      region: plan.region,
      endpointUrl: plan.endpointUrl,
      practice: draft.keyId.startsWith("AKIAPRACTICE"),
      identity,
      lastTested: new Date().toISOString(),
      lastTestPassed: true,
      keyStored: Date.now() / 1000,
    });
    world.overview.profiles = [...before.filter((one) => one.name !== name), row];
    world.overview.profileInUse ??= name;
    delete world.drafts[plan.draft];
    return {
      profile: name,
      keyId: draft.keyId,
      identity,
      steps,
      commands: [`aws sts get-caller-identity --profile ${name}`, `aws s3 ls --profile ${name}`],
      csvPath: draft.source === "csv" ? draft.sourceName : null,
      undo: undoable(world, `Removes ${name} again.`, () => {
        world.overview.profiles = before;
      }),
    };
  },
  setup_forget: (world, { draft }) => {
    delete world.drafts[draft];
    return null;
  },
};
