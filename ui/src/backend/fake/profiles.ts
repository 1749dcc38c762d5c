import type { DiffLine, ProfileDetails, ProfileField, ProfileRow, Property, PropertyChange, ValueProblem } from "../wire";
import type { Handlers } from "./index";
import { playSteps, undoable } from "./run";
import { failure, profile as makeProfile, type World } from "./world";

type Mine =
  | "profile_fields" | "profile_preview" | "profile_text_preview" | "profile_text_save" | "profile_group" | "profiles_watch"
  | "profile_show" | "profile_use" | "profile_mark" | "profile_test" | "profile_save" | "profile_copy" | "profile_rename" | "profile_remove";

export function find(world: World, name: string): ProfileRow {
  const row = world.overview.profiles.find((one) => one.name === name);
  if (row) return row;
  throw failure("profile.not_found", `There is no profile ${name}.`, "It is not in ~/.aws/config.", "Look at the list of profiles.");
}

function refuseTaken(world: World, name: string): void {
  if (!world.overview.profiles.some((one) => one.name === name)) return;
  throw failure("profile.exists", `The profile ${name} exists already.`, "", "Choose another name.");
}

function propertiesOf(world: World, row: ProfileRow) {
  world.properties[row.name] ??= [
    ...(row.region ? [{ name: "region", value: row.region }] : []),
    { name: "output", value: "json" },
    ...(row.endpointUrl ? [{ name: "endpoint_url", value: row.endpointUrl }] : []),
    ...(row.secret === "keychain" ? [{ name: "credential_process", value: `/usr/bin/keywell credential-process --profile ${row.name}` }] : []),
  ];
  return world.properties[row.name] ?? [];
}

function details(world: World, row: ProfileRow): ProfileDetails {
  const properties = propertiesOf(world, row);
  const head = row.name === "default" ? "[default]" : `[profile ${row.name}]`;
  return {
    row,
    properties,
    configFile: world.overview.configFile,
    configText: [head, ...properties.map(({ name, value }) => `${name} = ${value}`), ""].join("\n"),
    textEditable: true,
    usedBy: world.overview.profiles.filter((one) => one.sourceProfile === row.name).map((one) => one.name),
    ssoSessions: ["harbour"],
    services: ["local"],
    findings:
      row.secret === "plainText"
        ? [{ code: "profile.plain", severity: "warning", message: "The secret stands as plain text in ~/.aws/credentials.", detail: "Every program that you run can read it." }]
        : [],
  };
}

const field = (name: string, kind: ProfileField["kind"], change: Partial<ProfileField> = {}): ProfileField => ({ name, kind, choices: [], least: null, most: null, ...change });

const FIELDS: ProfileField[] = [
  field("region", "region"),
  field("output", "choice", { choices: ["json", "yaml", "yaml-stream", "text", "table", "off"] }),
  field("endpoint_url", "url"),
  field("services", "services"),
  field("role_arn", "roleArn"),
  field("source_profile", "profile"),
  field("mfa_serial", "mfaSerial"),
  field("external_id", "externalId"),
  field("duration_seconds", "number", { least: 900, most: 43_200 }),
  field("sso_session", "ssoSession"),
  field("credential_process", "command"),
  field("retry_mode", "choice", { choices: ["legacy", "standard", "adaptive"] }),
  field("max_attempts", "number", { least: 1, most: 100 }),
  field("s3.addressing_style", "choice", { choices: ["auto", "virtual", "path"] }),
];

function problemsOf(values: PropertyChange[]): ValueProblem[] {
  return values.flatMap(({ name, value }) => {
    const known = FIELDS.find((one) => one.name === name);
    const bad =
      value !== null &&
      ((known?.kind === "number" && !(Number(value) >= (known.least ?? 0) && Number(value) <= (known.most ?? 0))) ||
        (known?.kind === "choice" && !known.choices.includes(value)) ||
        (known?.kind === "roleArn" && !value.startsWith("arn:aws:iam::")));
    return bad ? [{ name, failure: failure("profile.value", known?.kind === "number" ? `${name} is a whole number from ${known.least} to ${known.most}.` : `"${value}" is no value for ${name}.`, "", "Choose another.") }] : [];
  });
}

function diffOf(properties: Property[], values: PropertyChange[]): DiffLine[] {
  const lines: DiffLine[] = [];
  for (const property of properties) {
    const change = values.find((one) => one.name === property.name);
    const text = `${property.name} = ${property.value}`;
    lines.push({ kind: change ? "removed" : "same", text });
    if (change && change.value !== null) lines.push({ kind: "added", text: `${change.name} = ${change.value}` });
  }
  for (const { name, value } of values) if (value !== null && !properties.some((one) => one.name === name)) lines.push({ kind: "added", text: `${name} = ${value}` });
  return lines;
}

function readText(text: string): Property[] {
  return text
    .split("\n")
    .slice(1)
    .filter((line) => line.includes("=") && !/^[#;]/.test(line))
    .map((line) => ({ name: line.slice(0, line.indexOf("=")).trim(), value: line.slice(line.indexOf("=") + 1).trim() }));
}

/** A whole copy of the profiles, for an undo. */
export function remember(world: World): () => void {
  const { profiles, profileInUse } = structuredClone({ profiles: world.overview.profiles, profileInUse: world.overview.profileInUse });
  const properties = structuredClone(world.properties);
  const sections = structuredClone(world.sections);
  return () => {
    world.overview.profiles = profiles;
    world.overview.profileInUse = profileInUse;
    world.properties = properties;
    world.sections = sections;
  };
}

export const profileHandlers: Pick<Handlers, Mine> = {
  profile_fields: () => FIELDS,
  profile_preview: (world, { profile, values }) => {
    const problems = problemsOf(values);
    const good = values.filter(({ name }) => !problems.some((problem) => problem.name === name));
    return { problems, diff: good.length > 0 ? diffOf(propertiesOf(world, find(world, profile)), good) : [] };
  },
  profile_text_preview: (world, { profile, text }) => {
    const row = find(world, profile);
    const odd = text.split("\n").findIndex((line, at) => at > 0 && line.trim() !== "" && !line.includes("=") && !/^[#;]/.test(line));
    if (odd > 0) return { problems: [{ name: "", failure: failure("profile.value", `Line ${odd + 1}: The line has no equals sign.`, "", "A setting is written as name = value, one on a line.") }], diff: [] };
    const now = readText(text);
    const old = propertiesOf(world, row);
    const gone = old.filter((one) => !now.some((other) => other.name === one.name)).map(({ name }) => ({ name, value: null }));
    return { problems: [], diff: diffOf(old, [...gone, ...now.filter((one) => old.find((other) => other.name === one.name)?.value !== one.value)]) };
  },
  profile_text_save: (world, { profile, text }) => {
    const back = remember(world);
    const diff = diffOf(propertiesOf(world, find(world, profile)), readText(text));
    world.properties[profile] = readText(text);
    return { profile, diff, undo: undoable(world, `Put ${profile} back as it was`, back, { text: `Edited the text of ${profile}`, profile, diff }), note: null };
  },
  profile_group: (world, { profile, group }) => {
    find(world, profile).group = group;
    return null;
  },
  profiles_watch: (world, { task }, emit) =>
    new Promise((done) => {
      let number = 0;
      const tell = () => emit({ number: (number += 1) });
      world.watchers.add(tell);
      world.endings[task] = () => {
        world.watchers.delete(tell);
        done(null);
      };
    }),
  profile_show: (world, { profile }) => details(world, find(world, profile)),
  profile_use: (world, { profile }) => {
    world.overview.profileInUse = find(world, profile).name;
    return null;
  },
  profile_mark: (world, { profile, production }) => {
    const row = find(world, profile);
    row.production = production;
    return row;
  },
  profile_test: async (world, { task, profile }, emit) => {
    const row = find(world, profile);
    const steps = await playSteps(
      world,
      task,
      [
        { id: "identity", title: "Who is this?", detail: `IAM user ${row.identity?.name ?? "marta.lindqvist"} in account 1111-2222-3333.`, seconds: 0.5 },
        { id: "clock", title: "Is the clock right?", detail: "0.2 s from the clock of AWS.", seconds: 0.1 },
        { id: "buckets", title: "Which buckets can it list?", detail: `${world.buckets.length} buckets.`, seconds: 0.7 },
        { id: "account", title: "Which account is it?", detail: "harbour, 1111-2222-3333.", seconds: 0.2 },
        { id: "selfService", title: "May it look after its own key?", detail: "It may list its keys: this one is the only one.", seconds: 0.2 },
        { id: "mfa", title: "Has the user an MFA device, and is it required?", detail: "It has no device, so a policy that asks for MFA would lock it out. Nothing that was asked needed it.", seconds: 0.2, state: "answered" },
        { id: "region", title: "Is the region enabled?", detail: "eu-west-1, Europe (Ireland): AWS answered there.", seconds: 0.1 },
        row.secret === "plainText"
          ? { id: "sources", title: "Every program uses this key", detail: "The secret of this profile is plain text. Every program that runs as you can read ~/.aws/credentials.", seconds: 0.1, state: "warning", command: `keywell profile migrate ${row.name}` }
          : { id: "sources", title: "Every program uses this key", detail: "Nothing else on this machine overrides it.", seconds: 0.1 },
      ],
      emit,
    );
    row.identity ??= { accountId: "111122223333", arn: "arn:aws:iam::111122223333:user/marta.lindqvist", name: "marta.lindqvist", kind: "user" };
    row.lastTested = new Date().toISOString();
    row.lastTestPassed = true;
    return { profile, passed: true, identity: row.identity, steps, buckets: world.buckets, mayListBuckets: true, tested: row.lastTested };
  },
  profile_save: (world, { profile, create, values }) => {
    const back = remember(world);
    if (create) {
      if (/[\]\n]|^\s*$/.test(profile)) throw failure("profile.name", "A profile can not have this name.", "It is empty, or holds ] or a line break.", "Use letters, digits, dots, dashes.");
      refuseTaken(world, profile);
      world.overview.profiles.push(makeProfile(profile, { kind: "empty", secret: "none", region: null }));
    }
    const row = find(world, profile);
    const diff: DiffLine[] = [];
    let properties = propertiesOf(world, row);
    for (const { name, value } of values) {
      const old = properties.find((one) => one.name === name);
      if (old) diff.push({ kind: "removed", text: `${name} = ${old.value}` });
      if (value !== null) diff.push({ kind: "added", text: `${name} = ${value}` });
      properties = properties.filter((one) => one.name !== name);
      if (value !== null) properties.push({ name, value });
      if (name === "region") row.region = value;
      if (name === "endpoint_url") row.endpointUrl = value;
    }
    world.properties[profile] = properties;
    const text = create ? `Made ${profile}` : `Changed ${values.map(({ name }) => name).join(", ")} of ${profile}`;
    return { profile, diff, undo: undoable(world, `Put ${profile} back as it was`, back, { text, profile, diff }), note: null };
  },
  profile_copy: (world, { from, to }) => {
    refuseTaken(world, to);
    const back = remember(world);
    world.overview.profiles.push({ ...structuredClone(find(world, from)), name: to });
    const diff: DiffLine[] = [{ kind: "added", text: `[profile ${to}]` }];
    return { profile: to, diff, undo: undoable(world, `Remove the copy ${to} again`, back, { text: `Copied ${from} to ${to}`, profile: to, diff }), note: null };
  },
  profile_rename: (world, { from, to }) => {
    refuseTaken(world, to);
    const back = remember(world);
    find(world, from).name = to;
    if (world.overview.profileInUse === from) world.overview.profileInUse = to;
    const diff: DiffLine[] = [{ kind: "removed", text: `[profile ${from}]` }, { kind: "added", text: `[profile ${to}]` }];
    return { profile: to, diff, undo: undoable(world, `Call it ${from} again`, back, { text: `Renamed ${from} to ${to}`, profile: to, diff }), note: null };
  },
  profile_remove: (world, { profile, successor }) => {
    const back = remember(world);
    find(world, profile);
    for (const row of world.overview.profiles) if (row.sourceProfile === profile && successor !== null) row.sourceProfile = successor;
    world.overview.profiles = world.overview.profiles.filter((one) => one.name !== profile);
    if (world.overview.profileInUse === profile) world.overview.profileInUse = null;
    const diff: DiffLine[] = [{ kind: "removed", text: `[profile ${profile}]` }];
    return { profile, diff, undo: undoable(world, `Bring ${profile} back`, back, { text: `Removed ${profile}`, profile, diff }), note: null };
  },
};
