import type { Rotation, RotationState } from "../backend";

export const STAGES = ["create", "wait", "switch", "prove", "inactive", "watch", "delete"] as const;
export type Stage = (typeof STAGES)[number];
export type StageMark = "waiting" | "running" | "good" | "warn";

/** How many stages are behind a rotation in this state. */
const BEHIND: Record<RotationState, number> = { creating: 0, waiting: 1, switched: 3, watching: 5, deleting: 6, goingBack: 0, done: 7, wentBack: 0 };

/** The stages with what became of each. A late use marks the watch. */
export function marks(rotation: Pick<Rotation, "state" | "lateUse">): Array<{ stage: Stage; mark: StageMark }> {
  const behind = BEHIND[rotation.state];
  return STAGES.map((stage, at) => {
    if (at < behind) return { stage, mark: "good" };
    if (at > behind || rotation.state === "wentBack" || rotation.state === "goingBack") return { stage, mark: "waiting" };
    return { stage, mark: stage === "watch" && rotation.lateUse !== null ? "warn" : "running" };
  });
}

/** Whether the old key can still be taken back. */
export function canGoBack(state: RotationState): boolean {
  return state === "creating" || state === "waiting" || state === "switched" || state === "watching" || state === "goingBack";
}
