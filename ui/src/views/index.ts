import type { Component } from "svelte";

import type { Route } from "../state/route";
import HomeView from "./HomeView.svelte";
import { later } from "./later.svelte";
import ProfilesView from "./ProfilesView.svelte";

export interface Shown {
  // Each view has its own props; `viewFor` is where they are joined to the route.
  /** Nothing as long as it is being read. */
  component: Component<any> | undefined;
  props: Record<string, unknown>;
  /** A view is made anew when this changes, and only gets new props while it does not. */
  key: string;
}

/** The view of a route, with the route's names as its props. */
export function viewFor(route: Route): Shown {
  const { views } = later;
  switch (route.page) {
    case "home":
      return { component: HomeView, props: {}, key: "home" };
    case "welcome":
      return { component: views?.WelcomeView, props: {}, key: "welcome" };
    case "setup":
      return { component: views?.SetupView, props: { step: route.step }, key: "setup" };
    case "profiles":
      return { component: ProfilesView, props: {}, key: "profiles" };
    case "profile":
      return { component: views?.ProfileView, props: { name: route.name }, key: `profile ${route.name}` };
    case "history":
      return { component: views?.HistoryView, props: { id: route.id }, key: "history" };
    case "keys":
      return { component: views?.KeysView, props: {}, key: "keys" };
    case "user":
      return { component: views?.UserView, props: { user: route.user }, key: `user ${route.user}` };
    case "rotation":
      return { component: views?.RotationView, props: { profile: route.profile }, key: `rotation ${route.profile}` };
    case "access":
      return { component: views?.AccessView, props: { bucket: route.bucket, prefix: route.prefix }, key: `access ${route.bucket} ${route.prefix}` };
    case "buckets":
      return { component: views?.BucketsView, props: {}, key: "buckets" };
    case "bucket":
      return {
        component: views?.BucketView,
        props: { bucket: route.bucket, prefix: route.prefix },
        key: `bucket ${route.bucket}`,
      };
    case "transfers":
      return { component: views?.TransfersView, props: {}, key: "transfers" };
    case "settings":
      return { component: views?.SettingsView, props: { section: route.section }, key: "settings" };
    case "parts":
      return { component: views?.PartsView, props: {}, key: "parts" };
    case "health":
      return { component: views?.HealthView, props: {}, key: "health" };
    case "nowhere":
      return { component: views?.NowhereView, props: {}, key: "nowhere" };
  }
}
