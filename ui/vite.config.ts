import { svelte } from "@sveltejs/vite-plugin-svelte";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'";

/** The page is read from disk at every start, so its size is start-up time. Bytes, compressed. */
const LARGEST = 250_000;

function refuseLargePages(): Plugin {
  return {
    name: "keywell-size",
    apply: (_, { mode }) => mode === "production",
    writeBundle(_, bundle) {
      const sizes = Object.values(bundle).map((file) => gzipSync(file.type === "chunk" ? file.code : file.source).length);
      const all = sizes.reduce((sum, size) => sum + size, 0);
      if (all > LARGEST) this.error(`The page has ${all} bytes compressed; it may have ${LARGEST}.`);
      console.log(`page: ${all} of at most ${LARGEST} bytes, compressed`);
    },
  };
}

export default defineConfig({
  plugins: [svelte(), refuseLargePages()],
  build: {
    target: ["es2022", "safari16"],
    outDir: "dist",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The main window's page, and that of the small window that asks.
    rollupOptions: {
      input: ["index.html", "ask.html"],
      // What the same pages need is one file: each costs a way through the window, and so does what a page does not need.
      output: { codeSplitting: { groups: [{ name: "shared", minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 5_000 }] } },
    },
  },
  // The preview answers with the window's policy, so that a breach shows in a plain browser too.
  preview: { headers: { "Content-Security-Policy": policy } },
  resolve: process.env["VITEST"] ? { conditions: ["browser"] } : {},
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
    // Said by development builds alone, when a part goes while bits-ui waits for a frame: huntabyte/bits-ui#2146.
    onConsoleLog: (log) => !log.includes("derived_inert"),
    // A machine that compiles beside it is slow, and no test measures time.
    testTimeout: 30_000,
  },
});
