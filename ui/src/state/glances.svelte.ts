import { SvelteMap } from "svelte/reactivity";
import { backend, type UserGlance } from "../backend";

/** IAM slows down callers who ask for more at once. */
const AT_ONCE = 4;

/** What the rows in view show of their users. Rows that are scrolled past before their turn are not asked for. */
export class Glances {
  /** Null while it is asked for, or when it failed: a row shows nothing in its place. */
  known = new SvelteMap<string, UserGlance | null>();
  #waiting: string[] = [];
  #running = 0;
  #generation = 0;

  constructor(private readonly profile: () => string | null) {}

  ask(user: string): void {
    if (this.known.has(user) || this.#waiting.includes(user)) return;
    this.#waiting.push(user);
    void this.#next();
  }

  leave(user: string): void {
    this.#waiting = this.#waiting.filter((one) => one !== user);
  }

  clear(): void {
    this.#generation += 1;
    this.#waiting = [];
    this.known.clear();
  }

  async #next(): Promise<void> {
    const profile = this.profile();
    if (this.#running >= AT_ONCE || profile === null) return;
    const user = this.#waiting.shift();
    if (user === undefined) return;
    const mine = this.#generation;
    this.#running += 1;
    this.known.set(user, null);
    try {
      const glance = await backend.call("user_glance", { profile, user });
      if (mine === this.#generation) this.known.set(user, glance);
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
