import { asFailure, backend, type Undo } from "../backend";
import { words } from "../words";
import { announce } from "./live.svelte";
import { go } from "./router.svelte";

export interface ToastAction {
  label: string;
  /** It takes back what was done: Control Z does it too. */
  undoes?: boolean;
  run: () => void | Promise<void>;
}

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "bad";
  action: ToastAction | null;
}

/** How long a toast stays, in milliseconds; hovering or focusing it stops the time. */
export const TOAST_STAYS = 8000;

export const toasts = $state<{ shown: Toast[] }>({ shown: [] });
let last = 0;

/** Says that something happened. For what failed, prefer an ErrorPanel where the thing would have been. */
export function toast(
  text: string,
  options: { action?: ToastAction; tone?: Toast["tone"] } = {},
): number {
  last += 1;
  const shown: Toast = {
    id: last,
    text,
    tone: options.tone ?? "plain",
    action: options.action ?? null,
  };
  toasts.shown = [...toasts.shown.slice(-2), shown];
  announce(shown.action?.undoes ? `${text}. ${shown.action.label}: ${words.toast.undoKey}` : text);
  return shown.id;
}

export function dismissToast(id: number): void {
  toasts.shown = toasts.shown.filter((shown) => shown.id !== id);
}

/**
 * Says what was done with an Undo beside it, or why there is none; `after` runs when the undo has been done.
 */
export function toastUndo(text: string, undo: Undo | null, after?: () => void | Promise<void>, note: string | null = null): void {
  if (undo === null) {
    toast([text, note ?? ""].filter((part) => part !== "").join(". "));
    return;
  }
  toast(text, {
    action: {
      label: words.toast.undo,
      undoes: true,
      run: async () => {
        try {
          const { change, conflict } = await backend.call("undo", { token: undo.token });
          await after?.();
          if (conflict) toast(words.toast.conflict(conflict.file), { tone: "bad", action: { label: words.toast.look, run: () => go({ page: "history", id: undo.token }) } });
          else toastUndone(change?.undo ?? null, after);
        } catch (thrown) {
          toastFailure(thrown);
        }
      },
    },
  });
}

/** Says that something was undone, with a Redo beside it. */
function toastUndone(redo: Undo | null, after?: () => void | Promise<void>): void {
  if (redo === null) {
    toast(words.toast.undone);
    return;
  }
  toast(words.toast.undone, {
    action: {
      label: words.toast.redo,
      run: async () => {
        try {
          await backend.call("undo", { token: redo.token });
          await after?.();
          toast(words.toast.redone);
        } catch (thrown) {
          toastFailure(thrown);
        }
      },
    },
  });
}

export function toastFailure(thrown: unknown): void {
  const failure = asFailure(thrown);
  toast([failure.message, failure.hint].filter((part) => part !== "").join(" "), { tone: "bad" });
}
