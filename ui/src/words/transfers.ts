import type { TransferRow } from "../backend";
import { bytes } from "../state/bytes";
import { duration } from "../state/time";
import type { Totals } from "../state/transfer-totals";
import { plural } from "./plural";

/** Whole seconds at least; a tenth of one would only flicker. */
function rest(seconds: number): string {
  return seconds < 59.5 ? `${Math.max(1, Math.round(seconds))} s` : duration(Math.round(seconds) * 1000);
}

export const transferWords = {
  title: "Transfers",
  emptyTitle: "Nothing on its way",
  emptyText: "Uploads and downloads stand here while they run, and until they are cleared.",
  toBuckets: "Open a bucket",
  clear: "Clear finished",
  cancel: (name: string) => `Cancel ${name}`,
  cancelAll: "Cancel all",
  queue: "On their way",
  over: "Finished",
  upload: "Upload",
  download: "Download",
  to: (bucket: string, folder: string) => `to ${bucket}${folder ? ` / ${folder.replace(/\/$/, "")}` : ""}`,
  from: (bucket: string, path: string) => `from ${bucket} to ${path}`,
  moved: "moved",
  files: (amount: number) => (amount === 1 ? "file" : "files"),
  rest: (others: string) => `and ${others}`,
  up: "up",
  down: "down",
  perSecond: (rate: number) => `${bytes(rate)}/s`,
  left: (seconds: number) => `${rest(seconds)} left`,
  ofTotal: (total: string) => `of ${total}`,
  progressOf: (name: string) => `Progress of ${name}`,
  waiting: "Waiting",
  starting: "Starting",
  checking: "Comparing the checksum",
  verified: "Verified",
  done: "Done",
  skipped: "Skipped",
  cancelled: "Cancelled",
  failed: "Failed",
  sub: (sum: Totals) =>
    [
      sum.running > 0 ? `${sum.running} running` : "",
      sum.waiting > 0 ? `${sum.waiting} waiting` : "",
      sum.failed > 0 ? `${sum.failed} failed` : "",
    ]
      .filter((part) => part !== "")
      .join(", ") + (sum.secondsLeft === null ? "" : ` · about ${rest(sum.secondsLeft)} left`),
  allDone: "Nothing is running",
  status: "A file counts as done when its checksum agrees with the one that AWS stored.",
  badge: (sum: Totals) => {
    const active = sum.running + sum.waiting;
    const percent = sum.bytesTotal > 0 ? Math.floor((sum.bytesDone / sum.bytesTotal) * 100) : 0;
    return `${active} · ${percent} %`;
  },
  badgeSaid: (sum: Totals) => `${plural(sum.running + sum.waiting, "transfer")} on their way`,
  badgeFailed: (sum: Totals) => `${sum.failed} failed`,
  started: (amount: number, direction: "upload" | "download") =>
    `${direction === "upload" ? "Uploading" : "Downloading"} ${plural(amount, "file")}`,
  show: "Show",
  allOver: (rows: TransferRow[]) => {
    const failed = rows.filter((row) => row.state === "failed").length;
    const done = rows.filter((row) => row.state === "done").length;
    return `All transfers are over: ${plural(done, "file")} done${failed > 0 ? `, ${failed} failed` : ""}.`;
  },
};
