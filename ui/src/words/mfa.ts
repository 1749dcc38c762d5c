import type { MfaKind } from "../backend";

const KIND: Record<MfaKind, string> = { virtual: "App", fido: "Security key or passkey", hardware: "Hardware" };

/** The MFA devices of a user. */
export const mfaWords = {
  title: "MFA devices",
  reading: "Reading MFA devices",
  none: "No MFA device",
  noneText: "Roles and policies that ask for MFA refuse this user.",
  kind: KIND,
  keptHere: "Keywell makes its codes",
  onlyFido: "STS gives no sessions for security keys and passkeys",
  onlyFidoText: "Programs can not use them. Sign in with aws login or IAM Identity Center, or add an app here.",
  add: "Set up a device…",
  dialog: {
    title: (user: string) => `MFA device for ${user}`,
    acting: (profile: string) => `Acts as ${profile}.`,
    name: "Name",
    nameHint: "No other device of the account has it.",
    nameBad: "Letters, digits and any of _ + = , . @ -",
    create: "Show the QR code",
    scan: "Scan the QR code in the other window with an authenticator app. Then type two codes that the app shows one after the other.",
    again: "Show it again",
    first: "Code",
    second: "Next code",
    secondHint: "Wait until the app shows another one.",
    codeBad: "A code has six digits.",
    keep: "Also keep the seed in the keychain",
    keepHint: "Keywell then makes the codes and nobody is asked. Whoever can read the access key here can read the seed too: MFA still protects a key that leaks from elsewhere, and no longer this computer.",
    run: "Turn it on",
    doneTitle: (user: string) => `${user} has an MFA device`,
    done: "AWS took both codes.",
    use: (profile: string) => `Ask for it in ${profile}`,
    useText: (profile: string) => `If ${profile} asks for it, programs that use ${profile} get sessions with MFA, after you type a code.`,
    used: (profile: string) => `${profile} asks for MFA now`,
    close: "Done",
  },
};
