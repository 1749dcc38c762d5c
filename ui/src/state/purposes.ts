import type { ConsolePage } from "../backend";

/** What the AWS console asks a new key to be for. */
export const PURPOSES = ["cli", "local", "compute", "thirdParty", "outside", "other"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Where the safer way of a purpose begins: a page of the console, or a profile of a role, which is made here. */
export type SaferWay = { page: ConsolePage } | { roleProfile: true };

export const SAFER: Record<Purpose, SaferWay[]> = {
  cli: [{ roleProfile: true }, { page: "cloudShell" }, { page: "identityCenter" }],
  local: [{ roleProfile: true }, { page: "identityCenter" }],
  compute: [{ page: "roles" }],
  thirdParty: [{ page: "roles" }],
  outside: [{ page: "rolesAnywhere" }],
  other: [],
};
