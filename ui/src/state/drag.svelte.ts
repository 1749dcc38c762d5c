import { backend } from "../backend";

/** A place that takes dropped files. The newest claim that accepts the files gets them. */
export interface DropClaim {
  accepts: (paths: string[]) => boolean;
  /** What will happen, for the overlay: "Upload to photos/raw/". */
  says: (paths: string[]) => string;
  take: (paths: string[]) => void;
}

/** What is being dragged over the window, with what dropping it would do. */
export const drag = $state<{ paths: string[]; says: string | null }>({ paths: [], says: null });

const claims: DropClaim[] = [];

/** Use in an effect: `$effect(() => claimDrops({…}))`. Answers a function that gives the claim back. */
export function claimDrops(claim: DropClaim): () => void {
  claims.push(claim);
  return () => {
    const at = claims.indexOf(claim);
    if (at >= 0) claims.splice(at, 1);
  };
}

function claimFor(paths: string[]): DropClaim | undefined {
  return claims.findLast((claim) => claim.accepts(paths));
}

/** Listens for drags for as long as the page lives. Answers a function that ends it. */
export function followDrags(): () => void {
  return backend.onFileDrag(({ kind, paths }) => {
    if (kind === "over") {
      drag.paths = paths;
      drag.says = claimFor(paths)?.says(paths) ?? null;
      return;
    }
    drag.paths = [];
    drag.says = null;
    if (kind === "drop" && paths.length > 0) claimFor(paths)?.take(paths);
  });
}
