import type { TransferRow, TransferState } from "../backend";

const OVER: ReadonlySet<TransferState> = new Set(["done", "failed", "cancelled", "skipped"]);

/** True when nothing more will happen to it. */
export function isOver(row: TransferRow): boolean {
  return OVER.has(row.state);
}

export interface Totals {
  /** Running or being checked. */
  running: number;
  waiting: number;
  failed: number;
  done: number;
  /** Of all that are not over, in bytes. */
  bytesDone: number;
  bytesTotal: number;
  /** In bytes per second. */
  up: number;
  down: number;
  /** Null while nothing moves. */
  secondsLeft: number | null;
}

/** Seconds until so many bytes have gone at this rate; null when nothing moves. */
export function secondsLeft(bytes: number, bytesPerSecond: number): number | null {
  return bytesPerSecond > 0 ? Math.max(0, bytes) / bytesPerSecond : null;
}

/** What the whole board comes to. */
export function totals(rows: TransferRow[]): Totals {
  const active = rows.filter((row) => !isOver(row));
  const sum = (part: TransferRow[], of: (row: TransferRow) => number) => part.reduce((all, row) => all + of(row), 0);
  const rate = (direction: TransferRow["direction"]) =>
    sum(active.filter((row) => row.direction === direction), (row) => row.bytesPerSecond);
  const bytesDone = sum(active, (row) => row.bytesDone);
  const bytesTotal = sum(active, (row) => row.bytesTotal);
  const [up, down] = [rate("upload"), rate("download")];
  return {
    running: active.filter((row) => row.state !== "waiting").length,
    waiting: active.filter((row) => row.state === "waiting").length,
    failed: rows.filter((row) => row.state === "failed").length,
    done: rows.filter((row) => row.state === "done").length,
    bytesDone,
    bytesTotal,
    up,
    down,
    secondsLeft: active.length === 0 ? null : secondsLeft(bytesTotal - bytesDone, up + down),
  };
}

const ORDER: Record<TransferState, number> = { running: 0, checking: 0, waiting: 1, failed: 2, done: 3, skipped: 3, cancelled: 3 };

/** What moves first, then what waits, then what failed, then what is over with the newest first. */
export function inOrder(rows: TransferRow[]): TransferRow[] {
  return rows
    .map((row, at) => ({ row, at }))
    .sort((a, b) => {
      const state = ORDER[a.row.state] - ORDER[b.row.state];
      return state || (isOver(a.row) ? b.at - a.at : a.at - b.at);
    })
    .map(({ row }) => row);
}
