/** Small line drawings for empty places, 96 by 64. Classes: `a` accent, `w` wash, `p` filled with the panel. */
export const drawings = {
  bucket:
    '<ellipse class="w" cx="48" cy="54" rx="34" ry="7"/><path class="p" d="M30 17l5 33c.5 3 6 5 13 5s12.5-2 13-5l5-33z"/><ellipse class="p" cx="48" cy="17" rx="18" ry="5.5"/><path class="a" d="M48 5v16M42.5 15.5 48 21l5.5-5.5"/>',
  key: '<ellipse class="w" cx="48" cy="54" rx="34" ry="7"/><circle class="p" cx="32" cy="32" r="12"/><circle cx="32" cy="32" r="4.5"/><path class="p" d="M43.5 28.5H78l4 3.5v4h-5v5h-5v-4h-5v7h-5v-5h-5v-3H43"/><path class="a" d="M50 32h24"/>',
  card: '<ellipse class="w" cx="48" cy="55" rx="34" ry="6"/><rect class="p" x="20" y="12" width="56" height="40" rx="6"/><circle cx="36" cy="27" r="5"/><path d="M28 42c1-5 4-7 8-7s7 2 8 7"/><path class="a" d="M54 25h14M54 33h10"/>',
  transfer:
    '<ellipse class="w" cx="48" cy="55" rx="34" ry="6"/><rect class="p" x="18" y="26" width="22" height="24" rx="4"/><rect class="p" x="56" y="26" width="22" height="24" rx="4"/><path class="a" d="M29 19c4-10 34-10 38-1M62 14.5l5 4 3.5-5.5"/><path d="M24 36h10M62 36h10"/>',
  search:
    '<ellipse class="w" cx="48" cy="55" rx="34" ry="6"/><circle class="p" cx="44" cy="28" r="16"/><path d="M56 40l12 12"/><path class="a" d="M37 28h14"/>',
} as const;

export type DrawingName = keyof typeof drawings;
