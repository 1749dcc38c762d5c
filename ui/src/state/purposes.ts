import type { ConsolePage } from "../backend";

/** What the AWS console asks a new key to be for. */
export const PURPOSES = ["cli", "local", "compute", "thirdParty", "outside", "other"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What hands out credentials that end by themselves: a role, or a sign-in with IAM Identity Center. */
export type ShortLived = "role" | "signIn";

/** Where the safer way of a purpose begins: a page of the console, or a profile without a key, which is made here. */
export type SaferWay = { page: ConsolePage } | { profile: ShortLived };

export const SAFER: Record<Purpose, SaferWay[]> = {
  cli: [{ profile: "role" }, { profile: "signIn" }, { page: "cloudShell" }, { page: "identityCenter" }],
  local: [{ profile: "role" }, { profile: "signIn" }, { page: "identityCenter" }],
  compute: [{ page: "roles" }],
  thirdParty: [{ page: "roles" }],
  outside: [{ page: "rolesAnywhere" }],
  other: [],
};
