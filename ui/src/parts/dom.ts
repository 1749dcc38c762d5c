import type { Attachment } from "svelte/attachments";

/**
 * Sets CSS custom properties on an element: `{@attach vars({ "--amount": "40%" })}`.
 * The window's policy refuses style attributes; this way through the object model is allowed.
 */
export function vars(values: Record<string, string>): Attachment<HTMLElement | SVGElement> {
  return (element) => {
    for (const [name, value] of Object.entries(values)) element.style.setProperty(name, value);
  };
}

/** True while a person types in the element that an event came from. A closed choice takes letters, too: it finds by them. */
export function isTyping(event: Event): boolean {
  const target = event.target;
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, [role=combobox]"));
}

/** True on a Mac, where the command key leads. */
export function isMac(): boolean {
  return /mac/i.test(navigator.platform);
}

/** The leading key as it is written on keyboards. */
export function modifier(): string {
  return isMac() ? "⌘" : "Ctrl";
}

/** Control, or command on a Mac, alone. */
export function isModified(event: KeyboardEvent): boolean {
  return isMac() ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
}

/** Gives what is cut under the pointer its whole text as a tooltip, unless it has one: for the window's `mouseover`. */
export function tellCut(event: Event): void {
  const element = event.target instanceof Element ? event.target.closest<HTMLElement>(".cut, .two > *") : null;
  if (!element || (element.title !== "" && element.dataset["told"] === undefined)) return;
  element.dataset["told"] = "";
  element.title = element.scrollWidth > element.clientWidth ? (element.textContent?.trim() ?? "") : "";
}

/**
 * Closes a modal dialog by a press beside it: `<dialog {@attach closesBeside}>`. The press has to begin there, too, since words
 * can be selected in a field and the button let go outside.
 */
export function closesBeside(dialog: HTMLDialogElement): () => void {
  let began = false;
  const press = (event: Event) => (began = event.target === dialog);
  const click = (event: Event) => began && event.target === dialog && dialog.close();
  dialog.addEventListener("pointerdown", press);
  dialog.addEventListener("click", click);
  return () => {
    dialog.removeEventListener("pointerdown", press);
    dialog.removeEventListener("click", click);
  };
}

/**
 * Shows an element with `popover="manual"` above all else, also above a modal dialog, as soon as it is there:
 * `<div {...wrapperProps} popover="manual" {@attach onTop}>` around what bits-ui places.
 */
export function onTop(element: HTMLElement): void {
  element.showPopover();
}

/** What every list that opens beside its button asks of bits-ui: pixels to the button and to the window's edges. */
export const BESIDE = { side: "bottom", sideOffset: 4, collisionPadding: 8, strategy: "fixed", preventScroll: false } as const;
