import type { AwsFile } from "../backend";
import { plural } from "./plural";

const FILE: Record<AwsFile, string> = { config: "the config file", credentials: "the credentials file" };

/** What AWS clients refuse or misread in the AWS files, and the change that mends it. */
export const repairWords = {
  file: FILE,
  title: (file: string) => `Mend ${file}`,
  looking: "Looking at the file",
  none: "Every AWS client reads this file in the same way.",
  line: (line: number) => `line ${line}`,
  person: "Only you can decide this: open the file and change the line.",
  change: (file: string) => `${file}, what mending changes`,
  run: "Mend the file",
  done: (file: string) => `Mended ${file}`,
  found: (file: string, problems: number) => `${file} has ${plural(problems, "line", "lines")} that AWS clients refuse or read in different ways.`,
  look: "Show and mend…",
};
