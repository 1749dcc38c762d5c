/** Where the page is. Every name in it is decoded. */
export type Route =
  | { page: "home" }
  | { page: "welcome" }
  | { page: "setup"; step: string }
  | { page: "profiles" }
  | { page: "profile"; name: string }
  | { page: "history"; id: string }
  | { page: "keys" }
  | { page: "user"; user: string }
  | { page: "rotation"; profile: string }
  | { page: "access"; bucket: string; prefix: string }
  | { page: "buckets" }
  | { page: "bucket"; bucket: string; prefix: string }
  | { page: "transfers" }
  | { page: "health" }
  | { page: "settings"; section: string }
  | { page: "parts" }
  | { page: "nowhere"; hash: string };

export type PageName = Route["page"];

/** Reads a location hash such as `#/buckets/photos/raw/2026/`. What can not be read is `nowhere`. */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#?\/?/, "");
  let parts: string[];
  try {
    parts = path.split("/").map(decodeURIComponent);
  } catch {
    return { page: "nowhere", hash };
  }
  const [head, name, ...rest] = parts;
  const named = name !== undefined && name !== "";
  switch (head) {
    case "":
      return { page: "home" };
    case "welcome":
      return { page: "welcome" };
    case "setup":
      return { page: "setup", step: parts.slice(1).join("/") };
    case "profiles":
      return named ? { page: "profile", name } : { page: "profiles" };
    case "keys":
      return named ? { page: "user", user: name } : { page: "keys" };
    case "rotation":
      return named ? { page: "rotation", profile: name } : { page: "keys" };
    case "access":
      return { page: "access", bucket: name ?? "", prefix: rest.join("/") };
    case "buckets":
      // The prefix keeps every slash, as object keys may begin with one or hold two in a row.
      return named ? { page: "bucket", bucket: name, prefix: rest.join("/") } : { page: "buckets" };
    case "transfers":
      return { page: "transfers" };
    case "history":
      return { page: "history", id: name ?? "" };
    case "health":
      return { page: "health" };
    case "settings":
      return { page: "settings", section: name ?? "" };
    case "parts":
      return { page: "parts" };
    default:
      return { page: "nowhere", hash };
  }
}

/** The hash of a route, for `href`. `parseRoute(href(route))` is the same route. */
export function href(route: Route): string {
  const name = encodeURIComponent;
  switch (route.page) {
    case "home":
      return "#/";
    case "setup":
      return route.step === "" ? "#/setup" : `#/setup/${route.step.split("/").map(name).join("/")}`;
    case "profile":
      return `#/profiles/${name(route.name)}`;
    case "history":
      return route.id === "" ? "#/history" : `#/history/${name(route.id)}`;
    case "user":
      return `#/keys/${name(route.user)}`;
    case "rotation":
      return `#/rotation/${name(route.profile)}`;
    case "access":
    case "bucket": {
      const base = route.page === "bucket" ? `#/buckets/${name(route.bucket)}` : route.bucket === "" ? "#/access" : `#/access/${name(route.bucket)}`;
      return route.prefix === "" ? base : `${base}/${route.prefix.split("/").map(name).join("/")}`;
    }
    case "settings":
      return route.section === "" ? "#/settings" : `#/settings/${name(route.section)}`;
    case "nowhere":
      return route.hash;
    default:
      return `#/${route.page}`;
  }
}

/** The entry of the side bar that a route belongs to. */
export function sectionOf(route: Route): PageName {
  switch (route.page) {
    case "home":
    case "profile":
    case "history":
      return "profiles";
    case "user":
    case "rotation":
    case "access":
      return "keys";
    case "bucket":
      return "buckets";
    default:
      return route.page;
  }
}
