import type { PassphraseWanted } from "../backend";

/** The passphrase of the encrypted file that somebody waits for; the dialog of the shell asks for it. It is kept nowhere. */
export const passphrase = $state<{
  wanted: PassphraseWanted | null;
  /** Counts what opened, locked or made the file, for whoever shows its state. */
  changes: number;
}>({ wanted: null, changes: 0 });
