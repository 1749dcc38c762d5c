import type { StoreChoice, VaultMoveStage } from "../backend";
import { plural } from "./plural";

const STORE: Record<StoreChoice, string> = { keychain: "the system’s keychain", file: "the encrypted file" };
const keys = (count: number) => plural(count, "access key");
const items = (count: number) => plural(count, "item");

export const vaultWords = {
  passphrase: {
    existingTitle: "The encrypted file is locked",
    existing: "Its passphrase opens it for Keywell and for the programs that ask Keywell for keys. It locks again by itself, or from the settings.",
    newTitle: "Choose a passphrase for the encrypted file",
    new: "Your keys go into a new file that this passphrase alone opens. Nobody can bring it back: without it the keys in the file are lost.",
    label: "Passphrase",
    again: "The same again",
    empty: "An empty passphrase protects nothing.",
    differ: "The two differ. Type it twice.",
    unlock: "Unlock",
    make: "Make the file",
    stay: "Keep it locked",
    opened: "The encrypted file is unlocked",
  },
  reading: "Looking at the stores",
  names: { keychain: "The system’s keychain", file: "Encrypted file" } satisfies Record<StoreChoice, string>,
  chosen: "Keeps new secrets",
  proven: (milliseconds: number) => `A trial item was written, read and deleted, in ${milliseconds} ms.`,
  items: (count: number) => `${keys(count)} in it.`,
  locked: "Locked. It opens with its passphrase.",
  unlocked: "Unlocked.",
  none: "There is none yet. It is made when something moves there.",
  there: "It is there, and was not tried.",
  prove: "Prove that it works",
  unlock: "Unlock…",
  lock: "Lock",
  lockedNow: "The encrypted file is locked",
  move: {
    button: (to: StoreChoice) => `Move everything to ${STORE[to]}…`,
    title: (to: StoreChoice) => `Move everything to ${STORE[to]}`,
    text: (to: StoreChoice) => `Each item is written there, read back and compared before any is deleted from the old store. New secrets go to ${STORE[to]} from then on. Profiles stay as they are.`,
    run: "Move everything",
    stop: "Stop",
    stage: { copying: "Copying and comparing", deleting: "Deleting the old items" } satisfies Record<VaultMoveStage, string>,
    progress: (done: number, all: number) => `${done} of ${items(all)}`,
    done: (moved: number, to: StoreChoice) => `${items(moved)} moved. New secrets go to ${STORE[to]}.`,
    left: (count: number) => `${items(count)} stayed in the old store:`,
    close: "Close",
  },
  backup: {
    button: "Back up…",
    title: "Back up all items",
    text: "All keys go into one file that is sealed with a passphrase of its own. Whoever has both has the keys. Profiles are not in it.",
    run: "Choose where…",
    done: (count: number, file: string) => `${items(count)} in ${file}`,
    left: (count: number) => `${items(count)} could not be read and ${count === 1 ? "is" : "are"} not in the backup:`,
  },
  restore: {
    button: "Restore a backup…",
    title: "Restore a backup",
    open: "Open it",
    label: "Passphrase of the backup",
    what: { add: "is added", same: "is there already", replace: "is there with another secret" },
    internal: "for Keywell itself",
    replace: "Also replace those that are there with another secret",
    replaceHint: "What is there now is lost then.",
    nothing: "Nothing to restore: all of it is there.",
    run: (count: number) => `Restore ${items(count)}`,
    done: (count: number) => `${items(count)} restored`,
  },
};
