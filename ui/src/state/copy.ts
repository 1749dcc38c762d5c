import { backend } from "../backend";
import { words } from "../words";
import { toast, toastFailure } from "./toasts.svelte";

/** Puts a text that is no secret on the clipboard and says so. */
export async function copyText(text: string, what?: string): Promise<void> {
  try {
    await backend.call("clipboard_copy", { text });
    toast(what ? words.copied(what) : words.copied(text.length > 40 ? words.text : text));
  } catch (thrown) {
    toastFailure(thrown);
  }
}
