import { plural } from "./plural";

/** Profiles from one machine to another, without their keys. */
export const portableWords = {
  more: "More for profiles",
  keys: "Keys are never in such a file. They travel only in a sealed backup, which the terminal makes:",
  backup: "keywell vault backup ~/keywell.backup",
  export: {
    open: "Export profiles…",
    title: "Export profiles",
    text: "Writes their settings to a file that another machine can import, with the sections that they name.",
    all: (profiles: number) => `All ${plural(profiles, "profile")}`,
    list: "Profiles to export",
    run: (profiles: number) => `Export ${plural(profiles, "profile")}…`,
    done: (profiles: number, file: string) => `Exported ${plural(profiles, "profile")} to ${file}`,
  },
  import: {
    open: "Import profiles…",
    title: "Import profiles",
    text: "Reads a file that Keywell exported on another machine. You see what would change before anything is written.",
    trust: "A credential_process line names a program that runs as you. Import only files from people you trust.",
    choose: "Choose a file…",
    another: "Choose another file…",
    reading: "Reading the file",
    added: "New",
    replaced: "Changed",
    conflicts: "Left as they are",
    unchanged: "The same here already",
    leftOut: "Left out: keys in plain text",
    differs: (settings: string[]) => `differs in ${settings.join(", ")}`,
    replace: "Also change profiles that are here already",
    replaceHint: "Settings that only this machine has stay.",
    nothing: "Nothing in it would change anything here.",
    change: (file: string) => `${file}, what the import changes`,
    run: (profiles: number) => `Import ${plural(profiles, "profile")}`,
    done: (profiles: number) => `Imported ${plural(profiles, "profile")}`,
  },
};
