// What the list of profiles opens.
export { default as ExportDialog } from "./ExportDialog.svelte";
export { default as GroupDialog } from "./GroupDialog.svelte";
export { default as ImportDialog } from "./ImportDialog.svelte";
export { default as NameDialog } from "./NameDialog.svelte";
export { default as NewProfile } from "./NewProfile.svelte";
export { default as RemoveDialog } from "./RemoveDialog.svelte";
export { default as SectionsDialog } from "./SectionsDialog.svelte";
export { default as RepairDialog } from "../shared/RepairDialog.svelte";
