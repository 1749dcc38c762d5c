import "./styles/tokens.css";
import "./styles/base.css";

import { mount } from "svelte";

import { openBackend } from "./backend";
import { startAppearance } from "./state/appearance.svelte";
import AskView from "./views/AskView.svelte";

startAppearance();
await openBackend();

const target = document.getElementById("app");
if (target) mount(AskView, { target });
