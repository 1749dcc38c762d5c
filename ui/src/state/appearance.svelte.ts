/** `contrast` is more of it, light or dark as the system is; `system` follows its wish for contrast, too. */
export const APPEARANCES = ["system", "light", "dark", "contrast"] as const;
export type Appearance = (typeof APPEARANCES)[number];

const STORED = "keywell.appearance";

export const appearance = $state<{ choice: Appearance }>({ choice: "system" });

function apply(): void {
  const root = document.documentElement;
  const { choice } = appearance;
  const wanted = (query: string) => matchMedia(query).matches;
  const dark = choice === "dark" || (choice !== "light" && wanted("(prefers-color-scheme: dark)"));
  root.dataset["theme"] = dark ? "dark" : "light";
  if (choice === "contrast" || wanted("(prefers-contrast: more)")) root.dataset["contrast"] = "more";
  else delete root.dataset["contrast"];
}

/** Shows it from now on, and at the first paint of the next start. */
export function showAppearance(choice: Appearance): void {
  appearance.choice = choice;
  localStorage.setItem(STORED, choice);
  apply();
}

/** As the style sheet names them; the faces of a system are its own. */
function platform(): "apple" | "windows" | "linux" {
  if (/mac/i.test(navigator.platform)) return "apple";
  return /win/i.test(navigator.platform) ? "windows" : "linux";
}

/** Reads the stored choice and follows the system from now on. */
export function startAppearance(): void {
  document.documentElement.dataset["platform"] = platform();
  const stored = localStorage.getItem(STORED);
  appearance.choice = APPEARANCES.find((one) => one === stored) ?? "system";
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
    matchMedia(query).addEventListener("change", apply);
  }
  apply();
}
