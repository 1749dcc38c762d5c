// What a start does not show, in one file of the built page, since each file of it takes a way through the window.
export * as lists from "../parts/lists";
export { default as Shortcuts } from "../shell/Shortcuts.svelte";
export * as profileDialogs from "./profile/dialogs";
export { default as PassphraseDialog } from "./vault/PassphraseDialog.svelte";

export { default as AccessView } from "./AccessView.svelte";
export { default as BucketView } from "./BucketView.svelte";
export { default as BucketsView } from "./BucketsView.svelte";
export { default as HealthView } from "./HealthView.svelte";
export { default as HistoryView } from "./HistoryView.svelte";
export { default as KeysView } from "./KeysView.svelte";
export { default as NowhereView } from "./NowhereView.svelte";
export { default as PartsView } from "./PartsView.svelte";
export { default as ProfileView } from "./ProfileView.svelte";
export { default as RotationView } from "./RotationView.svelte";
export { default as SettingsView } from "./SettingsView.svelte";
export { default as SetupView } from "./SetupView.svelte";
export { default as TransfersView } from "./TransfersView.svelte";
export { default as UserView } from "./UserView.svelte";
export { default as WelcomeView } from "./WelcomeView.svelte";
