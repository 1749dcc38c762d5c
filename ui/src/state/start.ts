import { backend, type StartPhase } from "../backend";
import { refreshOverview } from "./overview.svelte";

/** How long what nobody waits for waits for the first answer, in milliseconds. */
const PATIENCE = 500;

/** How long the page waits for the first answer, so that it is not made without it and then anew, in milliseconds. */
const BRIEFLY = 60;

const phases: StartPhase[] = [{ name: "document", at: performance.timeOrigin }];

/** Writes down that the start has come so far; see `--measure-start --phases`. */
export function passed(name: string): void {
  phases.push({ name, at: performance.timeOrigin + performance.now() });
}

const after = (milliseconds: number) => new Promise<void>((over) => setTimeout(over, milliseconds));
const frame = () => new Promise<unknown>((drawn) => requestAnimationFrame(drawn));

/** Ends when what is drawn now can be seen: the next frame may still be without it. */
async function seen(): Promise<void> {
  await frame();
  await frame();
}

let asked: Promise<void> | null = null;

/** Takes the first look at the machine before the page is made; ends with it, or when the page should rather be seen without it. */
export async function askFirst(): Promise<void> {
  asked = refreshOverview();
  await Promise.race([asked, after(BRIEFLY)]);
}

/** The first look, for the page that now is made. */
export function firstAnswer(): Promise<void> {
  const answer = asked ?? refreshOverview();
  asked = null;
  return answer;
}

/** Tells Rust that a person sees the page with its first answer and can use it. */
export async function reportShown(answer: Promise<void>): Promise<void> {
  await answer;
  passed("first answer");
  await seen();
  passed("shown");
  await backend.call("page_shown", { phases }).catch(() => undefined);
}

/** Ends once the first answer is seen, or has been late: then what no start waits for may begin. */
export async function afterStart(answer: Promise<void>): Promise<void> {
  await Promise.race([answer, after(PATIENCE)]);
  await seen();
}
