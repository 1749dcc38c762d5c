import { words } from "../words";
import { markProduction } from "./overview.svelte";
import { toast, toastFailure } from "./toasts.svelte";

/** Marks or unmarks a profile and says so, with a way back. */
export function markAndSay(name: string, production: boolean): void {
  const mark = (value: boolean) => markProduction(name, value).catch(toastFailure);
  void mark(production);
  toast(words.shell.marked(name, production), {
    action: { label: words.toast.undo, undoes: true, run: () => mark(!production) },
  });
}
