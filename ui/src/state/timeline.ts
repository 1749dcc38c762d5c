import type { HealthKey } from "../backend";
import { toMilliseconds } from "./time";

const DAY = 86_400_000;
/** What the timeline shows, in days before and after today. */
export const BEFORE = 365;
export const AFTER = 100;

export interface Stretch {
  kind: "good" | "due" | "over" | "idle" | "off";
  /** Both in per cent of the timeline's width. */
  from: number;
  width: number;
}

/** Where a moment is on the timeline, in per cent; outside of it below 0 or above 100. */
export function place(time: number, now: number): number {
  return ((time - (now - BEFORE * DAY)) / ((BEFORE + AFTER) * DAY)) * 100;
}

function stretch(kind: Stretch["kind"], from: number, to: number, now: number): Stretch[] {
  const start = Math.max(0, place(from, now));
  const width = Math.min(100, place(to, now)) - start;
  return width > 0 ? [{ kind, from: start, width }] : [];
}

/** The life of a key so far, coloured by the policy. A new key is a sliver that can be seen. */
export function stretches(key: HealthKey, rotateAfterDays: number, now: number): Stretch[] {
  const created = toMilliseconds(key.created);
  if (created === null) return [];
  const begun = Math.min(created, now - 2 * DAY);
  if (key.state === "inactive") return stretch("off", begun, now, now);
  if (key.state === "unused" || key.state === "neverUsed") return stretch("idle", begun, now, now);
  const due = created + rotateAfterDays * DAY;
  const over = due + rotateAfterDays * DAY;
  return [
    ...stretch("good", begun, Math.min(due, now), now),
    ...stretch("due", due, Math.min(over, now), now),
    ...stretch("over", over, now, now),
  ];
}

/** When the rotation of a key is due, in per cent, where that is still to come and in view. */
export function dueAt(key: HealthKey, now: number): number | null {
  if (key.dueInDays === null || key.dueInDays < 0) return null;
  const at = place(now + key.dueInDays * DAY, now);
  return at <= 100 ? at : null;
}

/** The beginnings of every second month in view, in per cent, with their names. */
export function months(now: number): Array<{ at: number; name: string }> {
  const first = new Date(now - BEFORE * DAY);
  const found = [];
  for (let month = first.getMonth() + 1; ; month += 1) {
    const day = new Date(first.getFullYear(), month, 1);
    const at = place(day.getTime(), now);
    if (at > 98) return found;
    if (day.getMonth() % 2 === 0) found.push({ at, name: new Intl.DateTimeFormat("en-GB", { month: "short" }).format(day) });
  }
}
