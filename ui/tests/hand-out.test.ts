import { cleanup, fireEvent, render, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { failure } from "../src/backend/fake/world";
import { toasts } from "../src/state/toasts.svelte";
import AskView from "../src/views/AskView.svelte";
import { backend, called, click, hook, open, there, type, use } from "./page";

const answers = () => called("ask_answer");

function ask(world: "full" | "fresh" | "odd" | "many"): void {
  use(world);
  render(AskView);
}

describe("the small window that asks for a code", () => {
  it("says which profile, account, device and program, and how long there is", async () => {
    ask("full");
    const page = await there("ask");
    await there("ask-code");
    for (const word of ["harbour-prod", "1234-5678-9012", "marta-phone", "/usr/local/bin/terraform", "bash", "/home/marta/work/harbour", "60 s left"]) expect(page.textContent).toContain(word);
    expect(document.activeElement).toBe(hook("ask-code"));
  });

  it("sends six digits, with blanks or without, and keeps none", async () => {
    ask("full");
    await type("ask-code", "12 345");
    await click("ask-run");
    expect(answers()).toEqual([]);
    expect(hook("ask-code")?.getAttribute("aria-invalid")).toBe("true");
    await type("ask-code", "123 456");
    await click("ask-run");
    await waitFor(() => expect(answers()).toEqual([{ kind: "code", code: "123456" }]));
    expect(hook<HTMLInputElement>("ask-code")?.value).toBe("");
  });

  it("is cancelled by its button and by Escape", async () => {
    ask("full");
    await click("ask-cancel");
    await waitFor(() => expect(answers()).toEqual([{ kind: "cancelled" }]));
    cleanup();
    ask("full");
    await there("ask-code");
    await fireEvent.keyDown(window, { key: "Escape" });
    await waitFor(() => expect(answers()).toEqual([{ kind: "cancelled" }]));
  });

  it("says that the code before was refused", async () => {
    ask("odd");
    expect((await there("ask")).textContent).not.toContain("undefined");
    await waitFor(() => expect(hook("ask")?.textContent).toContain("AWS refused this code"));
  });
});

describe("the small window that asks for the passphrase", () => {
  it("says which file, profile and program, and takes the keyboard", async () => {
    ask("many");
    const page = await there("ask");
    await there("ask-passphrase");
    for (const word of ["Open the encrypted file for default?", "vault.keywell", "/usr/bin/aws"]) expect(page.textContent).toContain(word);
    expect(document.activeElement).toBe(hook("ask-passphrase"));
    expect(hook<HTMLInputElement>("ask-passphrase")?.type).toBe("password");
  });

  it("sends what was typed as it was typed, and keeps nothing of it", async () => {
    ask("many");
    await click("ask-run");
    expect(answers()).toEqual([]);
    expect(hook("ask-passphrase")?.getAttribute("aria-invalid")).toBe("true");
    await type("ask-passphrase", " correct  horse ");
    await click("ask-run");
    await waitFor(() => expect(answers()).toEqual([{ kind: "passphrase", passphrase: " correct  horse " }]));
    expect(hook<HTMLInputElement>("ask-passphrase")?.value).toBe("");
  });
});

describe("the small window that asks for leave", () => {
  it("says no unless a person says otherwise", async () => {
    ask("fresh");
    await there("ask-allow");
    expect(document.activeElement).toBe(hook("ask-refuse"));
    expect(hook("ask")?.textContent).toContain("May aws use harbour-prod?");
    await click("ask-refuse");
    await waitFor(() => expect(answers()).toEqual([{ kind: "leave", leave: "refused" }]));
  });

  it("allows once, or for as long as was chosen", async () => {
    for (const [choice, leave] of [["ask-leave-once", "once"], ["ask-leave-forAnHour", "forAnHour"], ["ask-leave-always", "always"]] as const) {
      ask("fresh");
      await click(choice);
      await click("ask-allow");
      await waitFor(() => expect(answers()).toEqual([{ kind: "leave", leave }]));
      cleanup();
    }
  });
});

describe("what programs get of a profile", () => {
  it("is chosen on its page, with what it means", async () => {
    open("#/profiles/default");
    const panel = await there("hand-out");
    expect(panel.textContent).toContain("can not call IAM");
    expect(panel.textContent).toContain("no protection against malware");
    await click("hand-out-short");
    await waitFor(() => expect(called("hand_out_choose")).toEqual([{ profile: "default", choices: { shortSessions: true, askFirst: false } }]));
    await waitFor(() => expect(hook<HTMLButtonElement>("hand-out-ask")?.disabled).toBe(false));
    await click("hand-out-ask");
    await waitFor(() => expect(called("hand_out_choose")[1]).toEqual({ profile: "default", choices: { shortSessions: true, askFirst: true } }));
  });

  it("goes back to what holds when it can not be changed", async () => {
    open("#/profiles/default");
    await there("hand-out-short");
    backend.on("hand_out_choose", () => {
      throw failure("files.unwritable", "The index can not be written.", "", "Check the disk.");
    });
    await click("hand-out-short");
    await waitFor(() => expect(toasts.shown.at(-1)?.tone).toBe("bad"));
    await waitFor(() => expect(hook("hand-out-short")?.ariaChecked).toBe("false"));
  });

  it("is not there for a profile that Keywell does not hand out", async () => {
    open("#/profiles/media");
    await waitFor(() => expect(called("hand_out_choices")).toEqual([{ profile: "media" }]));
    expect(hook("hand-out")).toBeNull();
  });
});

describe("who asked", () => {
  it("lists every hand-out with its program, and what was refused", async () => {
    open("#/health");
    const table = await there("who-asked-table");
    expect(table.querySelectorAll("tbody tr")).toHaveLength(5);
    for (const word of ["terraform", "harbour-prod", "Refused by you", "Not told by the system"]) expect(table.textContent).toContain(word);
    expect(hook("who-asked")?.textContent).toContain("no protection against malware");
  });

  it("is calm when nobody did", async () => {
    open("#/health", "fresh");
    expect((await there("who-asked-none")).textContent).toContain("No program asked yet");
  });
});

describe("MFA devices of a user", () => {
  it("are listed, and one who has FIDO alone is told where to go", async () => {
    open("#/keys/media-uploader");
    expect((await there("mfa-device")).textContent).toContain("yubikey-7Q");
    expect((await there("mfa-only-fido")).textContent).toContain("Identity Center");
  });

  it("are set up by two codes, and the seed stays only by choice", async () => {
    open("#/keys/nas");
    await there("mfa-none");
    await click("mfa-add");
    await click("mfa-run");
    await waitFor(() => expect(called("mfa_show")).toEqual([{ draft: "mfa-0" }]));
    expect((await there("mfa-setup")).textContent).toContain("no longer this computer");
    await waitFor(() => expect(hook<HTMLButtonElement>("mfa-run")?.disabled).toBe(false));
    await type("mfa-first", "123456");
    await type("mfa-second", "12345");
    await click("mfa-run");
    expect(called("mfa_enable")).toEqual([]);
    await type("mfa-second", "654321");
    await click("mfa-run");
    await waitFor(() => expect(called("mfa_enable")).toEqual([{ draft: "mfa-0", codes: ["123456", "654321"], keepSeed: false }]));
    await click("mfa-use");
    await waitFor(() => expect(called("profile_save")).toEqual([{ profile: "default", create: false, values: [{ name: "mfa_serial", value: "arn:aws:iam::111122223333:mfa/nas" }], seen: [] }]));
    expect(called("mfa_cancel")).toEqual([]);
  });

  it("leave nothing behind when the person gives up", async () => {
    open("#/keys/nas");
    await click("mfa-add");
    await click("mfa-run");
    await there("mfa-first");
    await click("mfa-cancel");
    await waitFor(() => expect(called("mfa_cancel")).toEqual([{ draft: "mfa-0" }]));
  });
});
