import { Channel, invoke } from "@tauri-apps/api/core";
import { listen, TauriEvent, type EventCallback } from "@tauri-apps/api/event";

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
      const ends = [
        onDrag<{ paths: string[] }>(TauriEvent.DRAG_ENTER, ({ payload }) => handler({ kind: "over", paths: payload.paths })),
        onDrag(TauriEvent.DRAG_LEAVE, () => handler({ kind: "leave", paths: [] })),
        onDrag<{ paths: string[] }>(TauriEvent.DRAG_DROP, ({ payload }) => handler({ kind: "drop", paths: payload.paths })),
      ];
      return () => ends.forEach((ended) => void ended.then((end) => end()));
    },
  };
}

/** What `getCurrentWebview().onDragDropEvent` does, without the rest of what a window can, which every start would read. */
function onDrag<T>(event: TauriEvent, handler: EventCallback<T>): Promise<() => void> {
  return listen(event, handler, { target: { kind: "Webview", label: "main" } });
}
