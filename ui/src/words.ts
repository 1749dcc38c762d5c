// Every word that a person reads, in one typed place; one file for each view, so that they can be written side by side.
import { isolating } from "./state/hidden";
import { accessWords } from "./words/access";
import { askWords } from "./words/ask";
import { bucketWords } from "./words/buckets";
import { commonWords } from "./words/common";
import { historyWords } from "./words/history";
import { handOutWords } from "./words/hand-out";
import { healthWords } from "./words/health";
import { keyHealthWords } from "./words/key-health";
import { keyWords } from "./words/keys";
import { mfaWords } from "./words/mfa";
import { partsWords } from "./words/parts";
import { portableWords } from "./words/portable";
import { profileWords } from "./words/profiles";
import { repairWords } from "./words/repair";
import { settingsWords } from "./words/settings";
import { rotationWords } from "./words/rotation";
import { sectionWords } from "./words/sections";
import { setupWords } from "./words/setup";
import { shellWords } from "./words/shell";
import { terms } from "./words/terms";
import { userWords } from "./words/users";
import { transferWords } from "./words/transfers";
import { vaultWords } from "./words/vault";

export { plural } from "./words/plural";

/** What is written elsewhere and stands in a sentence here is isolated: see state/hidden.ts. */
export const words = isolating({
  ...commonWords,
  terms,
  shell: shellWords,
  setup: setupWords,
  profiles: profileWords,
  portable: portableWords,
  sections: sectionWords,
  history: historyWords,
  keys: keyWords,
  users: userWords,
  rotation: rotationWords,
  repair: repairWords,
  access: accessWords,
  health: healthWords,
  keyHealth: keyHealthWords,
  handOut: handOutWords,
  ask: askWords,
  mfa: mfaWords,
  buckets: bucketWords,
  transfers: transferWords,
  settings: settingsWords,
  vault: vaultWords,
  parts: partsWords,
});
