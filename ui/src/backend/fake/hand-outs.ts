import type { AskQuestion, HandOut, HandOutChoices } from "../wire";
import type { Handlers } from "./index";
import { find } from "./profiles";
import { failure } from "./world";

type Mine = "hand_out_choices" | "hand_out_choose" | "hand_out_list" | "ask_question" | "ask_answer";

/** How profiles are handed out in a world, who asked, and what its small window asks. */
export interface HandOuts {
  choices: Record<string, HandOutChoices>;
  journal: HandOut[];
  question: AskQuestion;
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

const TERRAFORM = ["/usr/local/bin/terraform", "/usr/bin/bash", "/usr/share/code/code"];

const JOURNAL: HandOut[] = [
  { at: minutesAgo(2), profile: "harbour-prod", kind: "session", fresh: false, programs: TERRAFORM, folder: "/home/marta/work/harbour/infrastructure" },
  { at: minutesAgo(3), profile: "harbour-prod", kind: "session", fresh: true, programs: TERRAFORM, folder: "/home/marta/work/harbour/infrastructure" },
  { at: minutesAgo(48), profile: "default", kind: "key", fresh: false, programs: ["/usr/bin/python3.12", "/usr/bin/bash"], folder: "/home/marta" },
  { at: minutesAgo(190), profile: "harbour-prod", kind: "refused", fresh: false, programs: ["/home/marta/.cache/npm/_npx/3f1/node_modules/.bin/left-pad-cloud-uploader"], folder: "/tmp" },
  { at: minutesAgo(1500), profile: "analytics", kind: "role", fresh: true, programs: [], folder: "" },
];

const CODE: AskQuestion = {
  kind: "code",
  profile: "harbour-prod",
  account: "123456789012",
  device: "marta-phone",
  file: null,
  again: false,
  programs: TERRAFORM,
  folder: "/home/marta/work/harbour/infrastructure",
  seconds: 60,
};

const LEAVE: AskQuestion = { ...CODE, kind: "leave", device: null, programs: ["/usr/bin/aws", "/usr/bin/bash"], folder: "/home/marta" };

const PASSPHRASE: AskQuestion = {
  ...CODE,
  kind: "passphrase",
  profile: "default",
  account: null,
  device: null,
  file: "/home/marta/.local/share/keywell/vault.keywell",
  programs: ["/usr/bin/aws", "/usr/bin/bash"],
  folder: "/home/marta",
};

const ODD: AskQuestion = {
  ...CODE,
  profile: "a-profile-with-a-very-long-name-that-somebody-made-by-joining-everything-they-knew",
  device: "hardware-token-of-the-whole-department-in-the-second-drawer",
  again: true,
  programs: ["/home/marta/.local/share/JetBrains/Toolbox/apps/intellij-idea-ultimate/bin/remote-dev-worker-with-a-long-name", ...TERRAFORM],
};

export function makeHandOuts(world: string): HandOuts {
  const full = world !== "fresh" && world !== "broken";
  return {
    choices: { "harbour-prod": { shortSessions: true, askFirst: true } },
    journal: full ? structuredClone(JOURNAL) : [],
    question: world === "odd" ? ODD : world === "many" ? PASSPHRASE : full ? CODE : LEAVE,
  };
}

export const handOutHandlers: Pick<Handlers, Mine> = {
  hand_out_choices: (world, { profile }) => {
    if (find(world, profile).secret !== "keychain") return null;
    return world.handOuts.choices[profile] ?? { shortSessions: false, askFirst: false };
  },
  hand_out_choose: (world, { profile, choices }) => {
    if (find(world, profile).secret !== "keychain") throw failure("profile.value", `Keywell does not hand the key of ${profile} out.`, "", "Move it into the keychain first.");
    world.handOuts.choices[profile] = choices;
    return null;
  },
  hand_out_list: (world, { longest }) => world.handOuts.journal.slice(0, longest),
  ask_question: (world) => world.handOuts.question,
  ask_answer: () => null,
};
