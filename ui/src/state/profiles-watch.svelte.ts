import { asFailure, backend, isCancelled } from "../backend";
import { refreshOverview } from "./overview.svelte";
import { newTask } from "./steps.svelte";

/** Counts up whenever the AWS files have changed, by whomever; a page that shows one reads it again then. */
export const outside = $state({ changes: 0 });

/** Follows the files for as long as the window lives. Answers a function that ends it. */
export function followProfiles(): () => void {
  const task = newTask();
  let closed = false;
  backend
    .stream("profiles_watch", { task }, () => {
      if (closed) return;
      outside.changes += 1;
      void refreshOverview();
    })
    // Without the watch the page shows changes when it is opened anew, as ever.
    .catch((thrown) => {
      if (!isCancelled(asFailure(thrown))) console.warn(thrown);
    });
  return () => {
    closed = true;
    void backend.call("task_cancel", { task }).catch(() => undefined);
  };
}
