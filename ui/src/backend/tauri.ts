import { Channel, invoke } from "@tauri-apps/api/core";
import { getCurrentWebview } from "@tauri-apps/api/webview";

import type { Backend } from "./door";

/** The door inside the desktop window. Every command takes one argument object. */
export function tauriBackend(): Backend {
  return {
    call: (command, request) => invoke(command, { request }),
    stream: (command, request, onEvent) => {
      const channel = new Channel<Parameters<typeof onEvent>[0]>();
      channel.onmessage = onEvent;
      return invoke(command, { request, channel });
    },
    onFileDrag: (handler) => {
      const ended = getCurrentWebview().onDragDropEvent(({ payload }) => {
        if (payload.type === "enter") handler({ kind: "over", paths: payload.paths });
        else if (payload.type === "leave") handler({ kind: "leave", paths: [] });
        else if (payload.type === "drop") handler({ kind: "drop", paths: payload.paths });
      });
      return () => void ended.then((end) => end());
    },
  };
}
