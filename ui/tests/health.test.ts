import { fireEvent, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import type { MachineFinding } from "../src/backend";
import { failure } from "../src/backend/fake/world";
import { toasts } from "../src/state/toasts.svelte";
import { backend, called, click, gone, hook, open, there } from "./page";

const findings = () => [...document.querySelectorAll<HTMLElement>('[data-test="this-machine"] [data-test^="finding-"][data-severity]')];

describe("this machine", () => {
  it("is calm when nothing is wrong, and says what was looked at", async () => {
    open("#/health", "fresh");
    const clear = await there("all-clear");
    expect(clear.textContent).toContain("Nothing is wrong here");
    expect(hook("machine-looks")?.textContent).toContain("AWS CLI");
    expect(findings()).toEqual([]);
  });

  it("shows the worst first, each with what mends it", async () => {
    open("#/health", "full");
    await there("finding-environment.profile");
    expect(findings().map((one) => one.dataset["severity"])).toEqual(["stop", "warning", "warning", "warning", "warning", "note", "note"]);
    expect(hook("finding-environment.profile")?.textContent).toContain("unset AWS_PROFILE");
    expect(hook("finding-key.plain")?.querySelector('[data-test="finding-migrate"]')).not.toBeNull();
    await click("finding-rotate");
    await waitFor(() => expect(location.hash).toBe("#/rotation/harbour-prod"));
  });

  it("mends a finding with its button, and takes that back", async () => {
    open("#/health", "full");
    const finding = await there("finding-profile.no_region");
    await fireEvent.click(finding.querySelector("button")!);
    await gone("finding-profile.no_region");
    expect(called("doctor_fix")).toEqual([{ code: "profile.no_region", subject: "media" }]);
    const shown = toasts.shown.at(-1);
    expect(shown?.text).toBe("Mended: The profile media has no region");
    await shown?.action?.run();
    await there("finding-profile.no_region");
  });

  it("says what could not be mended, and keeps the finding", async () => {
    open("#/health", "full");
    backend.on("doctor_fix", () => {
      throw failure("files.unwritable", "The permissions of ~/.aws/credentials can not be changed.", "", "Only its owner can change them.");
    });
    const finding = await there("finding-files.permissions");
    await fireEvent.click(finding.querySelector("button")!);
    await waitFor(() => expect(toasts.shown.at(-1)?.tone).toBe("bad"));
    expect(hook("finding-files.permissions")).not.toBeNull();
  });

  it("shows an error in place of the findings, with a way on", async () => {
    open("#/health", "fresh");
    backend.on("doctor_run", () => {
      throw failure("internal", "Keywell had an error of its own.", "", "Report it with its details.");
    });
    await click("doctor-again");
    await there("error");
    backend.on("doctor_run", () => ({ findings: [], looks: [{ what: "Profiles", state: "1" }], at: new Date().toISOString() }));
    await click("error-retry");
    await there("all-clear");
  });

  it("never holds text of a finding as markup", async () => {
    open("#/health", "fresh");
    const odd: MachineFinding = { code: "profile.reference", severity: "stop", subject: "<b>x</b>", message: "<img src=x onerror=alert(1)>", detail: "x".repeat(400), remedy: { kind: "command", command: "<i>do</i>" } };
    backend.on("doctor_run", () => ({ findings: [odd], looks: [], at: new Date().toISOString() }));
    await click("doctor-again");
    const shown = await there("finding-profile.reference");
    expect(shown.querySelector("img, i")).toBeNull();
    expect(shown.textContent).toContain(odd.message);
  });
});

describe("a file that clients misread", () => {
  it("is mended after its change was shown, and that is taken back", async () => {
    open("#/health", "full");
    await click("finding-repair");
    const dialog = await there("repair-dialog");
    await waitFor(() => expect(dialog.textContent).toContain("region = eu-west-1 # near the office"));
    expect(dialog.textContent).toContain("Only you can decide this");
    await click("repair-run");
    await gone("finding-files.misread");
    expect(called("files_repair")).toEqual([{ file: "config", version: "1" }]);
    const shown = toasts.shown.at(-1);
    expect(shown?.text).toBe("Mended ~/.aws/config");
    await shown?.action?.run();
    await there("finding-files.misread");
  });

  it("that changed meanwhile is shown anew, and was not written", async () => {
    open("#/health", "full");
    await click("finding-repair");
    await there("repair-run");
    backend.world.health.files[0]!.version = "2";
    await click("repair-run");
    const error = await there("error");
    expect(error.textContent).toContain("changed by another program");
    await waitFor(() => expect(hook("repair-run")).toHaveProperty("disabled", false));
    await click("repair-run");
    await gone("finding-files.misread");
  });

  it("is named above the profiles", async () => {
    open("#/health", "full");
    location.hash = "#/profiles";
    await click("repair-open-config");
    await click("repair-run");
    await gone("misread-config");
  });
});

describe("plain keys", () => {
  it("open at the key that a finding names, and move it step by step", async () => {
    open("#/health", "full");
    const finding = await there("finding-key.plain");
    await fireEvent.click(finding.querySelector("button")!);
    await there("plain-AKIAI44QH8DHBEXAMPLE");
    await click("move-AKIAI44QH8DHBEXAMPLE");
    await there("moved-m1");
    await gone("plain-AKIAI44QH8DHBEXAMPLE");
    expect(called("migration_run")).toMatchObject([{ key: "AKIAI44QH8DHBEXAMPLE", newProfile: null }]);
    await gone("finding-key.plain");
  });

  it("ask for the name of a profile that is to be made", async () => {
    open("#/health", "full");
    await click("open-migration");
    const name = await there("name-AKIAPRACTICE0DEPLOY1");
    await fireEvent.input(name, { target: { value: "deploy" } });
    await click("move-AKIAPRACTICE0DEPLOY1");
    await there("moved-m1");
    expect(called("migration_run")).toMatchObject([{ newProfile: "deploy" }]);
  });

  it("say why one can not be moved, and offer no button for it", async () => {
    open("#/health", "full");
    await click("open-migration");
    const blocked = await there("plain-ASIAIOSFODNN7EXAMPLE");
    expect(blocked.textContent).toContain("temporary key");
    expect(hook("move-ASIAIOSFODNN7EXAMPLE")).toBeNull();
  });

  it("move all that can be moved, one after the other", async () => {
    open("#/health", "full");
    await click("open-migration");
    await click("migration-all");
    await there("moved-m2");
    expect(called("migration_run")).toHaveLength(2);
  });

  it("can be brought back until it is final", async () => {
    open("#/health", "full");
    await click("open-migration");
    await click("move-AKIAI44QH8DHBEXAMPLE");
    await there("toast-undo");
    await click("bring-back-m1");
    await there("plain-AKIAI44QH8DHBEXAMPLE");
    expect(hook("toast-undo")).toBeNull();
    await click("move-AKIAI44QH8DHBEXAMPLE");
    await click("final-m1");
    await gone("moved-m1");
    expect(hook("plain-AKIAI44QH8DHBEXAMPLE")).toBeNull();
  });

  it("show what failed beside the key, and stop there", async () => {
    open("#/health", "full");
    backend.on("migration_run", () => {
      throw failure("sts.unknown_key", "AWS does not know this key.", "", "It was deleted, or made inactive.");
    });
    await click("open-migration");
    await click("migration-all");
    const error = await there("error");
    expect(error.closest('[data-test="plain-AKIAI44QH8DHBEXAMPLE"]')).not.toBeNull();
    expect(called("migration_run")).toHaveLength(1);
  });

  it("look into a file that the person points at", async () => {
    open("#/health", "fresh");
    await click("open-migration");
    await there("migration-none");
    await click("migration-add-file");
    await there("plain-AKIAPRACTICE00MEDIA0");
  });
});
