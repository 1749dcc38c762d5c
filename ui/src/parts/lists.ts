export { default as Explanation } from "./Explanation.svelte";
export { default as MenuList } from "./MenuList.svelte";
export { default as SelectList } from "./SelectList.svelte";
