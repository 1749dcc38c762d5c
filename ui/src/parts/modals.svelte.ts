// The modal dialogs that are open. What lies outside of the topmost can be neither pressed nor read aloud, so what tells a
// person something moves into it.

let open = $state.raw<readonly HTMLDialogElement[]>([]);

/** Opens a dialog above all else: for a `<dialog {@attach leavesModals}>`. */
export function showModal(dialog: HTMLDialogElement): void {
  dialog.showModal();
  open = [...open, dialog];
}

/** Notes that a dialog that [showModal] opened was closed, or went away open. */
export function leavesModals(dialog: HTMLDialogElement): () => void {
  const left = () => (open = open.filter((other) => other !== dialog));
  dialog.addEventListener("close", left);
  return () => {
    dialog.removeEventListener("close", left);
    left();
  };
}

/** Keeps an element inside the topmost modal dialog, shown above it as a popover, and else where it was written. */
export function aboveModals(element: HTMLElement): void {
  const home = element.parentElement;
  $effect(() => {
    const modal = open.at(-1);
    const into = modal ?? home;
    if (!into || element.parentElement === into) return;
    into.append(element);
    if (modal) {
      element.setAttribute("popover", "manual");
      element.showPopover();
    } else {
      element.removeAttribute("popover");
    }
  });
}
