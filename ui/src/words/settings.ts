export const SETTINGS_SECTIONS = ["appearance", "profiles", "keys", "network", "transfers", "about"] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

const SECTIONS: Record<SettingsSection, string> = {
  appearance: "Appearance",
  profiles: "New profiles",
  keys: "Keys and secrets",
  network: "Network",
  transfers: "Transfers",
  about: "About Keywell",
};

const minutes = (amount: number) => (amount % 60 === 0 ? (amount === 60 ? "1 hour" : `${amount / 60} hours`) : amount === 1 ? "1 minute" : `${amount} minutes`);
const seconds = (amount: number) => (amount % 60 === 0 ? minutes(amount / 60) : amount === 1 ? "1 second" : `${amount} seconds`);

export const settingsWords = {
  title: "Settings",
  sub: (file: string) => `What you change holds at once, and is kept in ${file}`,
  section: (section: SettingsSection) => SECTIONS[section],
  jump: (section: SettingsSection) => `Settings: ${SECTIONS[section]}`,
  reading: "Reading the settings",
  saved: "Saved",
  notInForce: "The stored value is not used:",
  decides: (variable: string) => `The variable ${variable} of your environment decides this now.`,
  appearance: "Colours",
  appearanceHint: "High contrast is light or dark as the system is, with stronger text and edges.",
  region: "Region",
  regionHint: "What a new profile begins with. Each can have its own.",
  output: "Output of the AWS CLI",
  store: "Where new secrets go",
  storeChoice: { keychain: "The system’s keychain", file: "An encrypted file" },
  storeHint: "Secrets that are stored already stay where they are.",
  lock: "Lock the encrypted file",
  lockAfter: (amount: number) => (amount === 0 ? "When Keywell ends" : `After ${minutes(amount)} without use`),
  lockHint: "Then it asks for its passphrase again.",
  clipboard: "Clear what was copied",
  clipboardAfter: (amount: number) => (amount === 0 ? "Never" : `After ${seconds(amount)}`),
  clipboardHint: "Only if it is still on the clipboard.",
  proxy: "Proxy",
  proxyHint: "Such as http://proxy.example.com:3128. Empty: none.",
  noProxy: "Hosts without the proxy",
  noProxyHint: "With commas between them: localhost,.example.com",
  whatProxy: "Proxy",
  whatProxyText: "Some companies let programs reach the internet only through one server, the proxy. Your administrator knows its address. At home there is none.",
  ca: "Certificate file",
  caHint: "A PEM file in place of the system’s certificates. Empty: the system’s.",
  whatCa: "Certificate authority",
  whatCaText: "Whom to trust when a server says who it is. A company that looks into its own traffic has a certificate of its own, in a file that your administrator gives you.",
  parallel: "Files at the same time",
  parallelCount: (amount: number) => (amount === 1 ? "1 file" : `${amount} files`),
  limit: "Speed limit",
  limitOf: (kib: number) => (kib === 0 ? "None, as fast as it goes" : kib % 1024 === 0 ? `${kib / 1024} MiB per second` : `${kib} KiB per second`),
  limitHint: "For all transfers together.",
  version: "Version",
  updates: "Updates",
  updatesText: "Keywell looks for none by itself, and sends nothing anywhere but to the addresses that your profiles name.",
  files: "Files",
};
