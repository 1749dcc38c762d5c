import type { Access, AccessAllow, AccessPlan, AccessPreview } from "../backend";

export const NOTHING: AccessAllow = { read: false, write: false, list: false, delete: false, versions: false };

/** Where an access holds, as the AWS CLI writes it. */
export function whereOf({ bucket, prefix }: Pick<Access, "bucket" | "prefix">): string {
  return `s3://${bucket}/${prefix}`;
}

/** A name for the program's user that AWS takes, made of the bucket's. */
export function suggestedUser(bucket: string): string {
  const base = bucket.replace(/[^\w+=,.@-]/g, "-").slice(0, 56);
  return base === "" ? "" : `${base}-app`;
}

/** Whether nothing stands in the way of a plan that this preview was made of. */
export function isReady(preview: AccessPreview | null): boolean {
  if (!preview) return false;
  const { bucketProblem, prefixProblem, allowProblem, userProblem, profileProblem, flaws } = preview;
  return ![bucketProblem, prefixProblem, allowProblem, userProblem, profileProblem].some(Boolean) && !flaws.some((flaw) => flaw.blocking);
}

/** Two plans are the same when they say the same. */
export function samePlan(one: AccessPlan | null, other: AccessPlan): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
