import type { Commands, Failure } from "./wire";

export type Command = keyof Commands;
export type Request<C extends Command> = Commands[C]["request"];
export type Answer<C extends Command> = Commands[C]["answer"];
export type Event<C extends Command> = Commands[C]["event"];

/** Commands that report on the way; the others only answer. */
export type StreamCommand = {
  [C in Command]: [Commands[C]["event"]] extends [never] ? never : C;
}[Command];
export type CallCommand = Exclude<Command, StreamCommand>;

/** Files or folders that are dragged over, or dropped on, the window. `leave` has no paths. */
export interface FileDrag {
  kind: "over" | "leave" | "drop";
  paths: string[];
}

/**
 * The one door between the page and the rest of the product.
 * What fails rejects with a `Failure`; use `asFailure` where it is caught.
 */
export interface Backend {
  call<C extends CallCommand>(command: C, request: Request<C>): Promise<Answer<C>>;
  stream<C extends StreamCommand>(
    command: C,
    request: Request<C>,
    onEvent: (event: Event<C>) => void,
  ): Promise<Answer<C>>;
  /** Answers a function that ends the listening. */
  onFileDrag(handler: (drag: FileDrag) => void): () => void;
}

function isFailure(value: unknown): value is Failure {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Failure).code === "string" &&
    typeof (value as Failure).message === "string"
  );
}

/** Turns whatever was thrown into the four parts that an ErrorPanel shows. */
export function asFailure(thrown: unknown): Failure {
  if (isFailure(thrown)) {
    return {
      code: thrown.code,
      message: thrown.message,
      cause: thrown.cause ?? "",
      hint: thrown.hint ?? "",
    };
  }
  return {
    code: "page.unexpected",
    message: "Something in this window went wrong.",
    cause: thrown instanceof Error ? thrown.message : String(thrown),
    hint: "Try it again. Nothing else was changed.",
  };
}

/** Codes of work that the person ended; not shown as an error. */
export function isCancelled(failure: Failure): boolean {
  return failure.code === "task.cancelled";
}
