import type { DiffLine, Step, StepId, Undo } from "../wire";
import { failure, type World } from "./world";

/** Waits so many of the world's seconds. */
export function wait(world: World, seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * world.second));
}

/** What the history shows of a change. */
export interface Made {
  text: string;
  profile: string;
  diff: DiffLine[];
  undoes?: string;
}

/** Puts a change into the history with how to take it back. */
export function undoable(world: World, text: string, back: () => void, made: Made = { text, profile: "", diff: [] }): Undo {
  const id = `${world.history.length + 1}`;
  const { diff, undoes = null, ...rest } = made;
  world.history.unshift({
    entry: { ...rest, id, at: new Date().toISOString(), files: [world.overview.configFile], state: "done", undoes },
    diff,
    sealed: false,
    conflict: null,
  });
  world.undo[id] = back;
  return { token: id, text };
}

export function stopIfCancelled(world: World, task: string): void {
  if (world.cancelled.has(task)) throw failure("task.cancelled", "Cancelled.", "", "");
}

export interface ScriptedStep {
  id: StepId;
  title: string;
  detail: string;
  seconds: number;
  state?: Step["state"];
  command?: string;
}

/** Streams steps one after the other, first running, then what came of it. Answers them all. */
export async function playSteps(world: World, task: string, script: ScriptedStep[], onStep: (step: Step) => void): Promise<Step[]> {
  const done: Step[] = [];
  for (const { id, title, detail, seconds, state = "passed", command = null } of script) {
    const base = { id, title, failure: null };
    onStep({ ...base, state: "running", detail: "", milliseconds: null, limitMilliseconds: 10_000, command: null });
    await wait(world, seconds);
    stopIfCancelled(world, task);
    const step: Step = { ...base, state, detail, milliseconds: Math.round(seconds * 1000), limitMilliseconds: null, command };
    onStep(step);
    done.push(step);
  }
  return done;
}
