import "./styles/tokens.css";
import "./styles/base.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { openBackend } from "./backend";
import { startAppearance } from "./state/appearance.svelte";
import { askFirst, passed } from "./state/start";

passed("script");
startAppearance();
await openBackend();

// The first answer is mostly there before the page could be made without it, and then made anew.
await askFirst();
passed("asked");

const target = document.getElementById("app");
if (target) mount(App, { target });
passed("made");
