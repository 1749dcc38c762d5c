const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Unix seconds or RFC 3339 to milliseconds; null when there is none or it can not be read. */
export function toMilliseconds(time: string | number | null | undefined): number | null {
  if (time === null || time === undefined || time === "") return null;
  const read = typeof time === "number" ? time * 1000 : Date.parse(time);
  return Number.isFinite(read) ? read : null;
}

function some(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** "2 min ago", "yesterday", "3 days ago", "in 2 hours", as within a sentence. Both in milliseconds since 1970. */
export function relative(time: number, now: number): string {
  const seconds = Math.round((now - time) / 1000);
  const away = Math.abs(seconds);
  if (away < 45) return seconds < -5 ? "in a moment" : "just now";
  const put = (text: string) => (seconds >= 0 ? `${text} ago` : `in ${text}`);
  if (away < HOUR - 30) return put(`${Math.max(1, Math.round(away / MINUTE))} min`);
  if (away < 22 * HOUR) return put(some(Math.max(1, Math.round(away / HOUR)), "hour"));
  const days = Math.max(1, Math.round(away / DAY));
  if (days === 1) return seconds >= 0 ? "yesterday" : "tomorrow";
  if (days < 60) return put(some(days, "day"));
  if (days < 730) return put(some(Math.round(days / 30.44), "month"));
  return put(some(Math.floor(days / 365.25), "year"));
}

/** As the first words of a line. */
export function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How long something has lasted, without "ago": "34 days", "5 hours". */
export function age(time: number, now: number): string {
  const seconds = Math.max(0, (now - time) / 1000);
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < DAY) return some(Math.floor(seconds / HOUR), "hour");
  return some(Math.floor(seconds / DAY), "day");
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/**
 * "22 November 2026, 03:30:12 UTC+01:00": for hovering, in the time zone of this machine or one that is that many minutes
 * ahead of UTC. Not by `Intl`, whose first date costs as much as a third of the page's start.
 */
export function exact(time: number, ahead = -new Date(time).getTimezoneOffset()): string {
  const there = new Date(time + ahead * MINUTE * 1000);
  const two = (part: number) => String(part).padStart(2, "0");
  const clock = [there.getUTCHours(), there.getUTCMinutes(), there.getUTCSeconds()].map(two).join(":");
  const from = Math.abs(ahead);
  const zone = ahead === 0 ? "UTC" : `UTC${ahead > 0 ? "+" : "-"}${two(Math.floor(from / 60))}:${two(from % 60)}`;
  return `${there.getUTCDate()} ${MONTHS[there.getUTCMonth()]} ${there.getUTCFullYear()}, ${clock} ${zone}`;
}

/** "84 ms", "1.9 s", "2 min 5 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < HOUR) return whole % 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole / 60} min`;
  return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / 60)} min`;
}
