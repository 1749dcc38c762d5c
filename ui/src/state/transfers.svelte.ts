import { asFailure, backend, isCancelled, type Failure, type TransferRow } from "../backend";
import { words } from "../words";
import { clock } from "./clock.svelte";
import { announce } from "./live.svelte";
import { newTask } from "./steps.svelte";
import { isOver } from "./transfer-totals";

/** The board of all uploads and downloads, as one stream for the whole window brings it. */
class Board {
  rows = $state.raw<TransferRow[]>([]);
  /** Why the stream ended, when it did; the rows are then as they were. */
  failure = $state.raw<Failure | null>(null);
  /** Counts up with every upload that is done, so that a folder on the screen can be read again. */
  arrived = $state(0);
}

export const board = new Board();

let follow: (() => void) | null = null;

function take(rows: TransferRow[]): void {
  const before = new Map(board.rows.map((row) => [row.id, row]));
  const ended = rows.filter((row) => isOver(row) && before.has(row.id) && !isOver(before.get(row.id)!));
  // The clock is slow by up to half a minute, and what just ended must not lie in its future.
  if (ended.length > 0) clock.now = Date.now();
  board.rows = rows;
  board.failure = null;
  board.arrived += ended.filter((row) => row.state === "done" && row.direction === "upload").length;
  if (ended.length > 0 && rows.every(isOver)) announce(words.transfers.allOver(rows));
}

/** Follows the board for as long as the window lives. Answers a function that ends it. */
export function followTransfers(): () => void {
  let task = "";
  let closed = false;
  const start = async () => {
    task = newTask();
    const mine = task;
    try {
      await backend.stream("transfers_watch", { task }, ({ transfers }) => {
        if (!closed && task === mine) take(transfers);
      });
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (!closed && task === mine && !isCancelled(failure)) board.failure = failure;
    }
  };
  follow = () => void start();
  void start();
  return () => {
    closed = true;
    follow = null;
    board.rows = [];
    void backend.call("task_cancel", { task }).catch(() => undefined);
  };
}

/** Begins the stream anew after it failed. */
export function followAgain(): void {
  board.failure = null;
  follow?.();
}
