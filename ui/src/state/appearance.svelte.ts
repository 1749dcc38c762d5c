export const APPEARANCES = ["system", "light", "dark"] as const;
export type Appearance = (typeof APPEARANCES)[number];

const STORED = "keywell.appearance";

export const appearance = $state<{ choice: Appearance }>({ choice: "system" });

function apply(): void {
  const root = document.documentElement;
  const dark =
    appearance.choice === "dark" ||
    (appearance.choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset["theme"] = dark ? "dark" : "light";
  if (matchMedia("(prefers-contrast: more)").matches) root.dataset["contrast"] = "more";
  else delete root.dataset["contrast"];
}

export function chooseAppearance(choice: Appearance): void {
  appearance.choice = choice;
  localStorage.setItem(STORED, choice);
  apply();
}

/** Reads the stored choice and follows the system from now on. */
export function startAppearance(): void {
  const stored = localStorage.getItem(STORED);
  appearance.choice = APPEARANCES.find((one) => one === stored) ?? "system";
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
    matchMedia(query).addEventListener("change", apply);
  }
  apply();
}
