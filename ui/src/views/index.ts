import type { Component } from "svelte";

import type { Route } from "../state/route";
import AccessView from "./AccessView.svelte";
import BucketView from "./BucketView.svelte";
import BucketsView from "./BucketsView.svelte";
import HistoryView from "./HistoryView.svelte";
import HealthView from "./HealthView.svelte";
import HomeView from "./HomeView.svelte";
import KeysView from "./KeysView.svelte";
import NowhereView from "./NowhereView.svelte";
import PartsView from "./PartsView.svelte";
import ProfileView from "./ProfileView.svelte";
import ProfilesView from "./ProfilesView.svelte";
import SettingsView from "./SettingsView.svelte";
import RotationView from "./RotationView.svelte";
import SetupView from "./SetupView.svelte";
import TransfersView from "./TransfersView.svelte";
import UserView from "./UserView.svelte";
import WelcomeView from "./WelcomeView.svelte";

export interface Shown {
  // Each view has its own props; `viewFor` is where they are joined to the route.
  component: Component<any>;
  props: Record<string, unknown>;
  /** A view is made anew when this changes, and only gets new props while it does not. */
  key: string;
}

/** The view of a route, with the route's names as its props. */
export function viewFor(route: Route): Shown {
  switch (route.page) {
    case "home":
      return { component: HomeView, props: {}, key: "home" };
    case "welcome":
      return { component: WelcomeView, props: {}, key: "welcome" };
    case "setup":
      return { component: SetupView, props: { step: route.step }, key: "setup" };
    case "profiles":
      return { component: ProfilesView, props: {}, key: "profiles" };
    case "profile":
      return { component: ProfileView, props: { name: route.name }, key: `profile ${route.name}` };
    case "history":
      return { component: HistoryView, props: { id: route.id }, key: "history" };
    case "keys":
      return { component: KeysView, props: {}, key: "keys" };
    case "user":
      return { component: UserView, props: { user: route.user }, key: `user ${route.user}` };
    case "rotation":
      return { component: RotationView, props: { profile: route.profile }, key: `rotation ${route.profile}` };
    case "access":
      return { component: AccessView, props: { bucket: route.bucket, prefix: route.prefix }, key: `access ${route.bucket} ${route.prefix}` };
    case "buckets":
      return { component: BucketsView, props: {}, key: "buckets" };
    case "bucket":
      return {
        component: BucketView,
        props: { bucket: route.bucket, prefix: route.prefix },
        key: `bucket ${route.bucket}`,
      };
    case "transfers":
      return { component: TransfersView, props: {}, key: "transfers" };
    case "settings":
      return { component: SettingsView, props: { section: route.section }, key: "settings" };
    case "parts":
      return { component: PartsView, props: {}, key: "parts" };
    case "health":
      return { component: HealthView, props: {}, key: "health" };
    case "nowhere":
      return { component: NowhereView, props: {}, key: "nowhere" };
  }
}
