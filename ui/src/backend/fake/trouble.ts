import type { Command } from "../door";
import type { ProfileRow } from "../wire";
import { stopIfCancelled, wait } from "./run";
import { daysAgo, failure, profile, type World, type WorldName } from "./world";

/** Answered from this machine even where the network is bad. */
const AT_HOME: ReadonlySet<Command> = new Set([
  "overview", "regions", "settings_show", "settings_save", "task_cancel", "undo", "clipboard_copy", "profile_use", "profile_mark", "setup_forget",
  "transfers_watch", "transfers_clear", "transfer_cancel", "csv_pick", "setup_preview", "bucket_check_name",
  "hand_out_choices", "hand_out_choose", "hand_out_list", "ask_question", "ask_answer", "profile_export", "profile_import_pick", "profile_import_preview", "profile_import",
  "section_list", "section_preview", "section_change",
  "vault_stores", "vault_unlock", "vault_create", "vault_stay_locked", "vault_lock", "vault_move", "backup_save", "backup_pick", "backup_open", "backup_restore", "backup_forget",
]);

/** Makes what reaches AWS take half a minute, or for ever, in the worlds that are for that. Work with a task can be cancelled. */
export async function delay(name: WorldName, world: World, command: Command, request: unknown): Promise<void> {
  if ((name !== "slow" && name !== "never") || AT_HOME.has(command)) return;
  const task = (request as { task?: string } | null)?.task;
  if (task === undefined) return name === "never" ? new Promise(() => undefined) : wait(world, 30);
  for (let second = 0; name === "never" || second < 30; second += 0.5) {
    // Tests live in a world without time, and must not spin in it.
    await new Promise((done) => setTimeout(done, Math.max(20, world.second / 2)));
    stopIfCancelled(world, task);
  }
}

/** 200 characters without a place to break. */
const LONG = `harbour-${"media-originals-and-their-thumbnails-".repeat(5)}end-end`;

const ODD_NAMES = [LONG, "محطة الميناء", "בדיקה prod", "photo 📷🏳️‍🌈 album", "e\u0301toile‮evil", "<b>not bold</b>", "𝒻𝒶𝓃𝒸𝓎", "a"];

/** The first words, and then more than anybody reads. */
export const LONG_FAILURE = failure(
  "s3.slow_down",
  "S3 answered with a text of 4,000 characters.",
  `The server sent: ${"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>".repeat(46)}`.slice(0, 4000),
  `Wait a minute, then try it again. ${"Look at the address, too. ".repeat(12)}`,
);

/** 500 profiles of 40 accounts. */
function manyProfiles(): ProfileRow[] {
  return Array.from({ length: 500 }, (_, at) => {
    const account = String(100_000_000_000 + (at % 40) * 1_111_111);
    const name = `${["harbour", "quay", "pier", "mole", "dock"][at % 5]}-${["dev", "test", "prod", "media"][at % 4]}-${at + 1}`;
    return profile(name, {
      keyId: `AKIAPRACTICE${String(10_000_000 + at)}`,
      production: name.includes("prod"),
      identity: { accountId: account, arn: `arn:aws:iam::${account}:user/marta`, name: "marta", kind: "user" },
      lastTested: daysAgo(at / 10),
      lastTestPassed: at % 17 !== 0,
    });
  });
}

/** What a world holds more than others, or differently. */
export function troubled(name: WorldName, world: World): World {
  if (name === "many") {
    world.overview.profiles = manyProfiles();
    world.overview.profileInUse = "harbour-dev-1";
    world.users = Array.from({ length: 400 }, (_, at) => ({ name: `user-${at + 1}`, arn: `arn:aws:iam::111122223333:user/user-${at + 1}`, path: "/", created: daysAgo(at), isCaller: at === 0 }));
    world.buckets = Array.from({ length: 1000 }, (_, at) => ({ name: `harbour-bucket-${at + 1}`, region: "eu-north-1", created: daysAgo(at) }));
  }
  if (name === "odd") {
    world.overview.profiles = ODD_NAMES.map((odd, at) =>
      profile(odd, {
        keyId: `AKIAPRACTICE${String(10_000_000 + at)}`,
        production: at === 0,
        endpointUrl: at === 3 ? `https://${"very-long-".repeat(18)}example.com:9000` : null,
        identity: { accountId: "111122223333", arn: `arn:aws:iam::111122223333:user/${odd}`, name: odd, kind: "user" },
        lastTested: daysAgo(at),
        lastTestPassed: true,
      }),
    );
    world.overview.profileInUse = LONG;
    world.sections = ODD_NAMES.map((odd) => ({ kind: "ssoSession", name: odd }));
    for (const row of world.overview.profiles) row.ssoSession = LONG;
    world.users = ODD_NAMES.map((odd) => ({ name: odd, arn: `arn:aws:iam::111122223333:user/${odd}`, path: "/", created: daysAgo(3), isCaller: false }));
    world.keys = Object.fromEntries(ODD_NAMES.map((odd) => [odd, [{ keyId: "AKIAPRACTICE00000ODD", active: true, created: daysAgo(9), lastUsed: null, lastUsedService: null, lastUsedRegion: null, description: LONG, profiles: ODD_NAMES }]]));
    world.buckets = [{ name: "b".repeat(63), region: "eu-north-1", created: daysAgo(3) }, { name: "harbour-broken", region: null, created: null }];
    world.objects = { ["b".repeat(63)]: ODD_NAMES.flatMap((odd) => [{ key: `${odd}.txt`, size: 12, modified: daysAgo(1), storageClass: "STANDARD" }, { key: `${odd}/deep.txt`, size: 1, modified: daysAgo(1), storageClass: "GLACIER" }]) };
  }
  return world;
}
