/** What buttons of the first view open, from the time on when it is read: the start, which opens nothing, does without it. */
export const lists = new (class {
  read = $state.raw<typeof import("./lists") | null>(null);
})();
