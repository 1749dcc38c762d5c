import type { MfaDevice } from "../wire";
import type { Handlers } from "./index";
import { failure, type World } from "./world";

type Mine = "mfa_list" | "mfa_create" | "mfa_show" | "mfa_enable" | "mfa_cancel";

/** The MFA devices of a world's users, and the one that is being set up. */
export interface Mfa {
  devices: Record<string, MfaDevice[]>;
  draft: { draft: string; name: string; serial: string; user: string } | null;
}

export function makeMfa(): Mfa {
  return {
    devices: {
      "marta.lindqvist": [{ serial: "arn:aws:iam::111122223333:mfa/marta-phone", name: "marta-phone", kind: "virtual", seedKept: false }],
      "media-uploader": [{ serial: "arn:aws:iam::111122223333:u2f/user/media-uploader/yubikey-7Q", name: "yubikey-7Q", kind: "fido", seedKept: false }],
    },
    draft: null,
  };
}

function waiting(world: World, draft: string) {
  if (world.mfa.draft?.draft === draft) return world.mfa.draft;
  throw failure("setup.draft_gone", "This MFA device is not being set up any more.", "", "Begin again.");
}

export const mfaHandlers: Pick<Handlers, Mine> = {
  mfa_list: (world, { user }) => {
    const devices = world.mfa.devices[user] ?? [];
    return { devices, onlyFido: devices.length > 0 && devices.every((device) => device.kind === "fido") };
  },
  mfa_create: (world, { user, name }) => {
    const taken = Object.values(world.mfa.devices).some((devices) => devices.some((device) => device.name === name));
    if (taken) throw failure("mfa.device_taken", "This account has an MFA device of that name already.", "", "Choose another name.");
    world.mfa.draft = { draft: "mfa-0", name, serial: `arn:aws:iam::111122223333:mfa/${name}`, user };
    return world.mfa.draft;
  },
  mfa_show: (world, { draft }) => {
    waiting(world, draft);
    return null;
  },
  mfa_enable: (world, { draft, codes, keepSeed }) => {
    const { name, serial, user } = waiting(world, draft);
    if (codes[0] === codes[1]) throw failure("mfa.code_refused", "AWS did not take these two codes.", "", "Type two codes that the device shows one after the other, the older one first.");
    (world.mfa.devices[user] ??= []).push({ serial, name, kind: "virtual", seedKept: keepSeed });
    world.mfa.draft = null;
    return { serial, user, seedKept: keepSeed };
  },
  mfa_cancel: (world) => {
    world.mfa.draft = null;
    return null;
  },
};
