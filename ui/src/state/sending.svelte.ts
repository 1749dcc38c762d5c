import { asFailure, backend, type Failure, type OnConflict, type TransferAnswer } from "../backend";
import { words } from "../words";
import { go } from "./router.svelte";
import { toast } from "./toasts.svelte";

export interface Place {
  profile: string;
  bucket: string;
  prefix: string;
}

type Direction = "upload" | "download";

/** Begins uploads and downloads, and asks once when names are taken. */
export class Sending {
  /** Names that are taken, and what to do with the answer. */
  asking = $state.raw<{ direction: Direction; names: string[]; answer: (choice: OnConflict) => void } | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);

  /** Without paths the system's picker asks for files, or for a folder. */
  upload(place: Place, paths: string[], pickFolder = false, onConflict: OnConflict = "ask"): Promise<void> {
    return this.#begin(
      "upload",
      () => backend.call("upload", { ...place, paths, pickFolder, onConflict }),
      ({ sources }, choice) => this.upload(place, sources, pickFolder, choice),
    );
  }

  /** Without a directory the system's picker asks for one. */
  download(place: Place, keys: string[], folders: string[], directory: string | null = null, onConflict: OnConflict = "ask"): Promise<void> {
    return this.#begin(
      "download",
      () => backend.call("download", { ...place, keys, folders, directory, onConflict }),
      (answer, choice) => this.download(place, keys, folders, answer.directory, choice),
    );
  }

  async #begin(direction: Direction, ask: () => Promise<TransferAnswer>, again: (answer: TransferAnswer, choice: OnConflict) => Promise<void>): Promise<void> {
    this.busy = true;
    this.failure = null;
    try {
      const answer = await ask();
      if (answer.conflicts.length > 0) {
        this.asking = {
          direction,
          names: answer.conflicts,
          answer: (choice) => {
            this.asking = null;
            void again(answer, choice);
          },
        };
      } else if (answer.transfers.length > 0) {
        toast(words.transfers.started(answer.transfers.length, direction), {
          action: { label: words.transfers.show, run: () => go({ page: "transfers" }) },
        });
      }
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.busy = false;
    }
  }
}
