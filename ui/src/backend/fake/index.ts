import type { Backend, Command, FileDrag } from "../door";
import type { Commands } from "../wire";
import { accessHandlers } from "./access";
import { accountHandlers } from "./account";
import { bucketHandlers } from "./buckets";
import { handOutHandlers } from "./hand-outs";
import { healthHandlers } from "./health";
import { keyHealthHandlers } from "./key-health";
import { machineHandlers } from "./machine";
import { mfaHandlers } from "./mfa";
import { portableHandlers } from "./portable";
import { profileHandlers } from "./profiles";
import { wait } from "./run";
import { sectionHandlers } from "./sections";
import { settingsHandlers } from "./settings";
import { rotationHandlers } from "./rotation";
import { setupHandlers } from "./setup";
import { delay as troubleOf, LONG_FAILURE, troubled } from "./trouble";
import { transferHandlers } from "./transfers";
import { vaultHandlers } from "./vault";
import { makeWorld, WORLD_NAMES, type World, type WorldName } from "./world";

/** One function for each command: the world, the request, and where events go. */
export type Handlers = {
  [C in Command]: (
    world: World,
    request: Commands[C]["request"],
    emit: (event: Commands[C]["event"]) => void,
  ) => Commands[C]["answer"] | Promise<Commands[C]["answer"]>;
};

export function isWorldName(name: string): name is WorldName {
  return WORLD_NAMES.some((one) => one === name);
}

export interface FakeBackend extends Backend {
  world: World;
  /** Every command that was called, oldest first. */
  calls: Array<{ command: Command; request: unknown }>;
  /** Replaces one command, for a test or to try an error. */
  on<C extends Command>(command: C, handler: Handlers[C]): void;
  /** Acts as if files were dragged over or dropped on the window, as soon as the page listens. */
  drag(drag: FileDrag): Promise<void>;
}

export interface FakeOptions {
  world?: WorldName;
  /** How long one second of the fake lasts, in seconds; 0 answers at once. */
  delay?: number;
}

/** A believable machine and account in memory. Fails with the codes of the real thing. */
export function fakeBackend({ world: name = "full", delay = 0 }: FakeOptions = {}): FakeBackend {
  const world = troubled(name, makeWorld(name, delay * 1000));
  const handlers: Handlers = {
    ...machineHandlers,
    ...profileHandlers,
    ...portableHandlers,
    ...sectionHandlers,
    ...setupHandlers,
    ...settingsHandlers,
    ...accountHandlers,
    ...rotationHandlers,
    ...accessHandlers,
    ...handOutHandlers,
    ...mfaHandlers,
    ...healthHandlers,
    ...keyHealthHandlers,
    ...vaultHandlers,
    ...bucketHandlers,
    ...transferHandlers,
  };
  if (name === "odd") {
    // Its second bucket can be looked at, and does not answer well.
    const list = handlers.object_list;
    handlers.object_list = (its, request, emit) => {
      if (request.bucket === "harbour-broken") throw LONG_FAILURE;
      return list(its, request, emit);
    };
  }
  const calls: FakeBackend["calls"] = [];
  const dragged = new Set<(drag: FileDrag) => void>();
  let listens = () => {};
  const listening = new Promise<void>((done) => (listens = done));

  async function answer<C extends Command>(
    command: C,
    request: Commands[C]["request"],
    emit: (event: Commands[C]["event"]) => void,
  ): Promise<Commands[C]["answer"]> {
    calls.push({ command, request });
    await wait(world, 0.08);
    await troubleOf(name, world, command, request);
    // What crosses the real door is text: no object is shared between the two sides.
    const asked = structuredClone(request);
    return structuredClone(await handlers[command](world, asked, (event) => emit(structuredClone(event))));
  }

  return {
    world,
    calls,
    call: (command, request) => answer(command, request, () => undefined),
    stream: (command, request, onEvent) => answer(command, request, onEvent),
    onFileDrag: (handler) => {
      dragged.add(handler);
      listens();
      return () => dragged.delete(handler);
    },
    on: (command, handler) => {
      handlers[command] = handler;
    },
    drag: async (drag) => {
      await listening;
      for (const handler of dragged) handler(drag);
    },
  };
}
