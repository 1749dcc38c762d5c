/** Whether what a click began is still under way, so that its button can show that from the click on. */
export class Working {
  now = $state(false);
  #newest: unknown;

  /** Runs it. What it begins is under way until its promise, if it gives one, is settled. */
  run(begin: () => unknown): void {
    const begun = begin();
    if (!(begun instanceof Promise)) return;
    this.#newest = begun;
    this.now = true;
    const end = () => {
      if (this.#newest === begun) this.now = false;
    };
    begun.then(end, end);
  }
}
