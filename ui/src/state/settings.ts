import type { Property, PropertyChange } from "../backend";

/** A setting as the form holds it. */
export interface Setting {
  name: string;
  value: string;
}

/** What is to be saved: changed and new values, and `null` for those that were taken out or emptied. */
export function changesOf(before: Property[], now: Setting[]): PropertyChange[] {
  const wanted = new Map(now.filter((setting) => setting.name.trim() !== "").map((setting) => [setting.name.trim(), setting.value.trim()]));
  const changes: PropertyChange[] = [];
  for (const property of before) {
    const value = wanted.get(property.name) ?? "";
    wanted.delete(property.name);
    if (value === "") changes.push({ name: property.name, value: null });
    // A nested block is shown as it stands; its blanks are part of it.
    else if (value !== property.value.trim()) changes.push({ name: property.name, value });
  }
  for (const [name, value] of wanted) if (value !== "") changes.push({ name, value });
  return changes;
}
