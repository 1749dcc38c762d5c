import { backend } from "../backend";
import { passphrase } from "./passphrase.svelte";
import { beginSetup } from "./setup-source.svelte";
import { toastFailure } from "./toasts.svelte";

/** Does what the application menu, the tray and links from outside ask for. */
export function followRequests(open: { search: () => void; shortcuts: () => void }): void {
  const actions = { setUp: beginSetup, search: open.search, shortcuts: open.shortcuts };
  backend
    .stream("requests_watch", null, (request) => {
      if ("go" in request) location.hash = request.go;
      else if ("say" in request) toastFailure(request.say);
      else if ("passphrase" in request) passphrase.wanted = request.passphrase;
      else actions[request.do]();
    })
    .catch(toastFailure);
}
