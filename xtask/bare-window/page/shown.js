// As Keywell does: once what was drawn can be seen.
requestAnimationFrame(() => requestAnimationFrame(() => window.__TAURI_INTERNALS__.invoke("page_shown")));
