import { configure } from "@testing-library/svelte";

import * as read from "../src/parts/lists";
import { lists } from "../src/parts/lists.svelte";

// Only the window's start does without them.
lists.read = read;

configure({ asyncUtilTimeout: 10_000 });

// What jsdom lacks and WebKit has: modal dialogs, popovers, media queries, scrolling.
HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) {
  if (!this.open) return;
  this.open = false;
  this.dispatchEvent(new Event("close"));
};

function toggle(element: HTMLElement, newState: "open" | "closed"): void {
  element.dispatchEvent(Object.assign(new Event("toggle"), { newState }));
}
HTMLElement.prototype.showPopover ??= function (this: HTMLElement) {
  toggle(this, "open");
};
HTMLElement.prototype.hidePopover ??= function (this: HTMLElement) {
  toggle(this, "closed");
};
document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest("[popovertarget]");
  const target = button && document.getElementById(button.getAttribute("popovertarget") ?? "");
  if (target) target.showPopover();
});

window.matchMedia ??= (media) =>
  ({ media, matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }) as unknown as MediaQueryList;
Element.prototype.scrollIntoView ??= () => undefined;
globalThis.CSS ??= {} as typeof CSS;
CSS.escape ??= (text) => text.replace(/[^\w-]/g, "\\$&");
