import type { KeyDraft, SetupPlan, SetupPreview } from "../../backend";

/** What the person decides about a key, as the fields hold it. */
export interface PlanValues {
  profile: string;
  region: string;
  output: string;
  endpointUrl: string;
  replace: boolean;
  rootConfirmation: string;
}

/** What is suggested for a key that was just read. */
export function suggested(draft: KeyDraft): PlanValues {
  return {
    profile: draft.suggestedProfile,
    region: draft.suggestedRegion,
    output: draft.suggestedOutput,
    endpointUrl: draft.suggestedEndpointUrl ?? "",
    replace: false,
    rootConfirmation: "",
  };
}

/** The plan as Rust takes it. */
export function asPlan(draft: string, values: PlanValues): SetupPlan {
  return {
    draft,
    profile: values.profile.trim(),
    region: values.region.trim(),
    output: values.output,
    endpointUrl: values.endpointUrl.trim() === "" ? null : values.endpointUrl.trim(),
    replace: values.replace,
    rootConfirmation: values.rootConfirmation.trim(),
  };
}

/** Whether a plan with this preview may run: nothing in it is wrong, and an existing profile may be replaced. */
export function fits(preview: SetupPreview, { replace }: { replace: boolean }): boolean {
  return preview.nameProblem === null && preview.regionProblem === null && preview.endpointProblem === null && (!preview.exists || replace);
}
