import { asFailure, backend, isCancelled, type Failure, type Step } from "../backend";
import { words } from "../words";
import { announce } from "./live.svelte";

/** Puts a step where one with its id stands already, or at the end. */
export function withStep(steps: Step[], step: Step): Step[] {
  const at = steps.findIndex((one) => one.id === step.id);
  return at < 0 ? [...steps, step] : steps.with(at, step);
}

/** Work that streams its steps and can be cancelled: a set-up, a test, a new key. */
export class StepRun<T> {
  steps = $state.raw<Step[]>([]);
  running = $state(false);
  cancelled = $state(false);
  answer = $state.raw<T | null>(null);
  failure = $state.raw<Failure | null>(null);
  #task = "";

  /** `work` gets the task's id and the receiver of steps. Never rejects; answers what came, or null. */
  async start(work: (task: string, onStep: (step: Step) => void) => Promise<T>): Promise<T | null> {
    const task = newTask();
    this.#task = task;
    this.steps = [];
    this.answer = null;
    this.failure = null;
    this.cancelled = false;
    this.running = true;
    try {
      const answer = await work(task, (step) => {
        if (this.#task !== task) return;
        this.steps = withStep(this.steps, step);
        if (step.state !== "running") announce(words.steps.said(step.title, step.state, step.detail));
      });
      if (this.#task === task) this.answer = answer;
      return answer;
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (this.#task === task) {
        this.cancelled = isCancelled(failure);
        this.failure = this.cancelled ? null : failure;
        announce(this.cancelled ? words.steps.cancelled : failure.message);
      }
      return null;
    } finally {
      if (this.#task === task) this.running = false;
    }
  }

  cancel(): void {
    if (this.running) void backend.call("task_cancel", { task: this.#task });
  }
}

/** An id for `task_cancel`; unguessable, so that two windows never meet. */
export function newTask(): string {
  return crypto.randomUUID();
}
