import { href, parseRoute, type Route } from "./route";

export { href, type Route } from "./route";

/** The current route. Read `router.route` in a component; change it with `go` or a link to `href(route)`. */
export const router = $state<{ route: Route }>({ route: parseRoute(location.hash) });

export function go(route: Route): void {
  location.hash = href(route);
}

/** Goes there without leaving a step to come back to. */
export function goInstead(route: Route): void {
  history.replaceState(null, "", href(route));
  router.route = route;
}

/** Follows the address for as long as the page lives. Answers a function that ends it. */
export function followAddress(): () => void {
  const follow = () => {
    router.route = parseRoute(location.hash);
  };
  follow();
  window.addEventListener("hashchange", follow);
  return () => window.removeEventListener("hashchange", follow);
}
