import { asFailure, type Failure } from "../backend";

/**
 * Something that is asked for and may be asked for again. What was known stays while a newer answer
 * is under way, and an answer that comes too late is dropped.
 */
export class Remote<T> {
  value = $state.raw<T | null>(null);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);
  /** True when the person did not want to wait any longer. */
  stopped = $state(false);
  #newest = 0;

  /** Never rejects: the outcome is in `value` and `failure`. */
  async load(ask: () => Promise<T>): Promise<void> {
    this.#newest += 1;
    const mine = this.#newest;
    this.loading = true;
    this.stopped = false;
    try {
      const value = await ask();
      if (mine !== this.#newest) return;
      this.value = value;
      this.failure = null;
    } catch (thrown) {
      if (mine !== this.#newest) return;
      this.failure = asFailure(thrown);
    } finally {
      if (mine === this.#newest) this.loading = false;
    }
  }

  /** Waits no longer; an answer that still comes is dropped. */
  stop(): void {
    this.#newest += 1;
    this.loading = false;
    this.stopped = true;
  }

  /** Forgets everything, for a page that now shows another thing. */
  clear(): void {
    this.#newest += 1;
    this.value = null;
    this.failure = null;
    this.loading = false;
    this.stopped = false;
  }
}
