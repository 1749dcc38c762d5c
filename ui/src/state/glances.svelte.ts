import { SvelteMap } from "svelte/reactivity";
import { backend, type UserGlance } from "../backend";

/** IAM slows down callers who ask for more at once. */
const AT_ONCE = 4;

/** A user, and the profile that may see it. */
interface Seen {
  profile: string;
  user: string;
}

const nameOf = ({ profile, user }: Seen) => JSON.stringify([profile, user]);

/** What the rows in view show of their users. Rows that are scrolled past before their turn are not asked for. */
export class Glances {
  /** Null while it is asked for, or when it failed: a row shows nothing in its place. */
  #known = new SvelteMap<string, UserGlance | null>();
  #waiting: Seen[] = [];
  #running = 0;
  #generation = 0;

  of(seen: Seen): UserGlance | null {
    return this.#known.get(nameOf(seen)) ?? null;
  }

  ask(seen: Seen): void {
    if (this.#known.has(nameOf(seen)) || this.#waiting.some((one) => nameOf(one) === nameOf(seen))) return;
    this.#waiting.push(seen);
    void this.#next();
  }

  leave(seen: Seen): void {
    this.#waiting = this.#waiting.filter((one) => nameOf(one) !== nameOf(seen));
  }

  clear(): void {
    this.#generation += 1;
    this.#waiting = [];
    this.#known.clear();
  }

  async #next(): Promise<void> {
    if (this.#running >= AT_ONCE) return;
    const seen = this.#waiting.shift();
    if (seen === undefined) return;
    const mine = this.#generation;
    this.#running += 1;
    this.#known.set(nameOf(seen), null);
    try {
      const glance = await backend.call("user_glance", { profile: seen.profile, user: seen.user });
      if (mine === this.#generation) this.#known.set(nameOf(seen), glance);
    } catch {
      // The row keeps its name; the user's own page tells what is wrong.
    } finally {
      this.#running -= 1;
      void this.#next();
    }
  }
}

/** An attachment that tells when its element comes into view, and when it leaves. */
export function whileSeen(seen: () => void, left: () => void): (element: Element) => () => void {
  return (element) => {
    if (typeof IntersectionObserver === "undefined") {
      seen();
      return left;
    }
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) (entry.isIntersecting ? seen : left)();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      left();
    };
  };
}
