/** How a profile is handed out, and which program got what. */
export const handOutWords = {
  title: "What programs get",
  short: "Short sessions only",
  shortHint: "Programs get sessions that end, and never the key itself. A session without MFA can not call IAM, and of STS only AssumeRole and GetCallerIdentity.",
  ask: "Ask me the first time",
  askHint: "You allow a program once, for an hour, or always. Switching it off forgets what you allowed. It informs you; it is no protection against malware that runs as you.",
  asked: {
    title: "Who asked",
    text: "Every time that a program got credentials through Keywell, on this machine only, for 90 days, without secrets. It informs you; it is no protection against malware that runs as you.",
    reading: "Reading who asked",
    none: "No program asked yet",
    noneText: "The AWS CLI and the SDKs ask whenever they use a profile whose key is in the keychain.",
    columns: { at: "When", profile: "Profile", what: "What", program: "Program", folder: "Folder" },
    what: { key: "Access key", session: "Session", role: "Role session", other: "Other credentials", refused: "Refused by you" } as Record<string, string>,
    fresh: "new",
    unknown: "Not told by the system",
    more: "Show more",
  },
};
