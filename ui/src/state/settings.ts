import type { ProfileField, Property, PropertyChange } from "../backend";

/** A setting as the form holds it. */
export interface Setting {
  name: string;
  value: string;
}

/** A setting that was changed in the form and outside it, too. */
export interface SettingConflict {
  name: string;
  /** What it is outside by now; null when it was taken out. */
  theirs: string | null;
}

/** What is to be saved: changed and new values, and `null` for those that were taken out or emptied. */
export function changesOf(before: Property[], now: Setting[]): PropertyChange[] {
  const wanted = new Map(now.filter((setting) => setting.name.trim() !== "").map((setting) => [setting.name.trim(), setting.value.trim()]));
  const changes: PropertyChange[] = [];
  for (const property of before) {
    const value = wanted.get(property.name) ?? "";
    wanted.delete(property.name);
    if (value === "") changes.push({ name: property.name, value: null });
    else if (value !== property.value.trim()) changes.push({ name: property.name, value });
  }
  for (const [name, value] of wanted) if (value !== "") changes.push({ name, value });
  return changes;
}

/**
 * The form after the file was changed outside: what the person did not touch follows the file, what only the person
 * touched stays, and what both changed stays as the person has it and is named.
 */
export function follow(before: Property[], mine: Setting[], theirs: Property[]): { settings: Setting[]; conflicts: SettingConflict[] } {
  const value = (list: Setting[], name: string) => list.find((one) => one.name === name)?.value ?? null;
  const settings: Setting[] = [];
  const conflicts: SettingConflict[] = [];
  const names = new Set([...theirs, ...mine].map(({ name }) => name));
  for (const name of names) {
    const [was, here, there] = [value(before, name), value(mine, name), value(theirs, name)];
    const kept = here === was ? there : here;
    if (kept !== null) settings.push({ name, value: kept });
    if (here !== was && there !== was && here !== there) conflicts.push({ name, theirs: there });
  }
  return { settings, conflicts };
}

export const SETTING_GROUPS = ["general", "role", "signIn", "s3", "requests", "other"] as const;
export type SettingGroup = (typeof SETTING_GROUPS)[number];

const GROUP_OF: Record<string, SettingGroup> = {
  region: "general", output: "general", endpoint_url: "general", services: "general", credential_process: "general",
  role_arn: "role", source_profile: "role", credential_source: "role", mfa_serial: "role", external_id: "role", duration_seconds: "role", role_session_name: "role",
  retry_mode: "requests", max_attempts: "requests", use_dualstack_endpoint: "requests", use_fips_endpoint: "requests", sts_regional_endpoints: "requests",
};

/** Where a setting stands in the form. */
export function settingGroup(name: string): SettingGroup {
  return GROUP_OF[name] ?? (name.startsWith("sso_") ? "signIn" : name.startsWith("s3.") ? "s3" : "other");
}

/** The settings in the order of the form, those without a place of their own last. */
export function inFormOrder(settings: Setting[], fields: ProfileField[]): Setting[] {
  const place = (name: string) => {
    const at = fields.findIndex((field) => field.name === name);
    return at < 0 ? fields.length : at;
  };
  return [...settings].sort((one, other) => place(one.name) - place(other.name));
}
