/** The list of what Keywell changed in the AWS files. */
export const historyWords = {
  title: "History",
  sub: (file: string) => `What Keywell changed in ${file} and the credentials file`,
  emptyTitle: "Nothing was changed yet",
  emptyText: "Every change that Keywell makes to the AWS files is listed here, and can be taken back.",
  undo: "Undo this",
  redo: "Do it again",
  undone: (text: string) => `Undid: ${text}`,
  stateUndone: "Undone",
  stateNotKept: "Can not be undone",
  notKept: "It touched secrets, and there was no keychain to seal them for. So its texts were not kept.",
  conflictTitle: "The same lines were changed since",
  conflictText: (file: string) => `Undo leaves them alone. Change ${file} by hand, or undo the later change first.`,
  since: (file: string) => `${file}, changed since`,
  wanted: "What undo would have done",
  sealed: "A part of it may hold secrets. It is sealed: only undo opens it.",
};
