import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'";

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: ["es2022", "safari16"],
    outDir: "dist",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // The preview answers with the window's policy, so that a breach shows in a plain browser too.
  preview: { headers: { "Content-Security-Policy": policy } },
  resolve: process.env["VITEST"] ? { conditions: ["browser"] } : {},
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
    // A machine that compiles beside it is slow, and no test measures time.
    testTimeout: 30_000,
  },
});
