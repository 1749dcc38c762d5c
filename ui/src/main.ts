import "./styles/tokens.css";
import "./styles/base.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { openBackend } from "./backend";
import { startAppearance } from "./state/appearance.svelte";

startAppearance();
await openBackend();

const target = document.getElementById("app");
if (target) mount(App, { target });
