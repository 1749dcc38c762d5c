import type { CopyKind, Severity } from "../backend";
import { plural } from "./plural";

const SEVERITY: Record<Severity, string> = {
  stop: "Stops things",
  warning: "Worth mending",
  note: "Good to know",
};

const KIND: Record<CopyKind, string> = {
  awsFile: "AWS file",
  csv: "Console csv",
  variables: "Variables",
  otherTool: "Another tool",
};

/** What is wrong on this machine, and plain keys on their way into the keychain. */
export const healthWords = {
  title: "Health",
  machine: "This machine",
  looking: "Looking at this machine",
  again: "Look again",
  count: (findings: number) => plural(findings, "finding"),
  clear: "Nothing is wrong here",
  clearText: "No setting, file, key or sign-in of this machine needs you.",
  severity: SEVERITY,
  mended: (message: string) => `Mended: ${message}`,
  move: "Move to the keychain…",
  setUp: "Set a key up…",
  rotate: "Rotate…",
  looks: "What was looked at",
  command: "the command",
  plainNone: "No plain keys",
  plainNoneText: "Nothing was found in the AWS files, in Downloads, in start-up files of shells, or in aws-vault, Granted and Leapp.",
  migrate: {
    open: "Plain keys…",
    title: "Move plain keys to the keychain",
    text: "Each key is stored, read back and proven before its plain copies go. You can bring them back until you say that it is final.",
    reading: "Looking for plain keys",
    add: "Look into another file…",
    added: (file: string) => `Looked into ${file}`,
    run: "Move",
    all: (keys: number) => `Move all ${keys}`,
    stop: "Stop",
    profiles: (profiles: string[]) => (profiles.length === 1 ? `For the profile ${profiles[0]}` : `For the profiles ${profiles.join(", ")}`),
    newProfile: "New profile",
    kind: KIND,
    moved: (key: string) => `Moved ${key}`,
    undo: "Bring it back",
    undone: (key: string) => `${key} is plain text again`,
    final: "Make it final",
    finalDone: (key: string) => `${key} can not be brought back any more`,
    doneTitle: "Moved, and can be brought back",
    cutOff: "Cut off before its end. Its profile works.",
    doneFor: (profiles: string[]) => profiles.join(", "),
  },
};
