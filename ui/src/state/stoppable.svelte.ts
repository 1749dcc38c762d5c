import { asFailure, backend, type Failure } from "../backend";
import { words } from "../words";
import { newTask } from "./steps.svelte";
import { toast } from "./toasts.svelte";

/** One change at AWS that a person can stop on the way. What was asked of AWS by then may be done all the same. */
export class Stoppable {
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  #task = "";

  /** `work` gets the id of its task. Never rejects: answers whether it was done. */
  async run(work: (task: string) => Promise<void>): Promise<boolean> {
    const task = newTask();
    this.#task = task;
    this.busy = true;
    this.failure = null;
    try {
      await work(task);
      return this.#task === task;
    } catch (thrown) {
      if (this.#task === task) this.failure = asFailure(thrown);
      return false;
    } finally {
      if (this.#task === task) this.busy = false;
    }
  }

  /** Shown at once; an answer that still comes is dropped. */
  stop(): void {
    if (!this.busy) return;
    void backend.call("task_cancel", { task: this.#task }).catch(() => undefined);
    this.#task = "";
    this.busy = false;
    toast(words.stoppedOnTheWay);
  }
}
