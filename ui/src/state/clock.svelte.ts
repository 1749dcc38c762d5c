/** The present moment in milliseconds, renewed twice a minute, so that "2 min ago" stays true. */
export const clock = $state({ now: Date.now() });

/** Keeps the clock going. Answers a function that ends it. */
export function startClock(): () => void {
  const timer = setInterval(() => {
    clock.now = Date.now();
  }, 30_000);
  return () => clearInterval(timer);
}
