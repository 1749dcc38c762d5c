import type { StepState } from "../backend";

const STEP_STATES: Record<StepState, string> = {
  running: "running",
  passed: "passed",
  answered: "answered",
  warning: "with a warning",
  failed: "failed",
};

/** Words that belong to parts, used on many screens. */
export const commonWords = {
  product: "Keywell",
  text: "the text",
  copied: (what: string) => `Copied ${what}`,
  copy: "Copy",
  copyWhat: (what: string) => `Copy ${what}`,
  cancel: "Cancel",
  /** As they are written on keys. */
  key: { enter: "Enter", escape: "Esc", remove: "Del" },
  close: "Close",
  /** In place of a way back, while the work is under way. */
  closeMeanwhile: "Close while it runs",
  again: "Try again",
  stopWaiting: "Stop waiting",
  stop: "Stop",
  stoppedOnTheWay: "Stopped. What AWS had been asked for by then may be done; the list shows what is there.",
  stopped: "Stopped waiting",
  stoppedText: "The answer took a while. Nothing was changed.",
  hidden: "A character that is not seen, and changes how the rest is read",
  never: "Never",
  more: "More",
  moreFor: (what: string) => `More for ${what}`,
  filter: "Filter",
  nothingFits: (query: string) => `Nothing fits “${query}”`,
  showAll: "Show all",
  sortBy: (column: string) => `Sort by ${column.toLowerCase()}`,
  keyId: "access key ID",
  whatIsThis: "What is this?",
  typeToConfirm: (what: string) => `Type ${what} to go on`,
  failure: {
    copyDetails: "Copy details",
    details: "the details",
    unfold: (characters: string) => `Show all ${characters} characters`,
    fold: "Show less",
    nothingChanged: "Nothing was changed.",
  },
  steps: {
    of: (elapsed: string, limit: string) => `${elapsed} of ${limit}`,
    state: (state: StepState) => STEP_STATES[state],
    said: (title: string, state: StepState, detail: string) =>
      [`${title} ${STEP_STATES[state]}.`, detail].filter((part) => part !== "").join(" "),
    cancelled: "Cancelled. Nothing was changed.",
  },
  toast: {
    undo: "Undo",
    undone: "Undone",
    redo: "Redo",
    redone: "Done again",
    conflict: (file: string) => `The same lines of ${file} were changed since. Nothing was undone.`,
    look: "Look",
    undoKey: "press Ctrl Z",
    dismiss: "Dismiss",
    region: "Messages",
  },
  select: {
    nothing: "Nothing fits",
    more: (amount: number) => `${amount} more. Type to find them.`,
  },
};
