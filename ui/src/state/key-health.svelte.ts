import { asFailure, backend, isCancelled, type AccountKeys, type Failure, type HealthKey, type KeyFinding, type KeyHealth, type KeyHealthPart, type KeyState } from "../backend";
import { newTask } from "./steps.svelte";

/** A key with the account that it is of. */
export interface KeyRow {
  /** Tells one row from another. */
  id: string;
  account: AccountKeys;
  key: HealthKey;
}

/** How many users the backend takes in one question. */
const MOST_USERS = 50;
/** Rows come into view one by one; their users are asked for together. */
const GATHER = 60;

const URGENCY: KeyState[] = ["overdue", "due", "unused", "neverUsed", "fine", "inactive"];

function urgency(key: HealthKey): number {
  return key.isRoot || key.quarantined ? -1 : URGENCY.indexOf(key.state);
}

/** The rows of all accounts, the most urgent first. */
export function rowsOf(accounts: AccountKeys[]): KeyRow[] {
  return accounts
    .flatMap((account) => account.keys.map((key, at) => ({ id: `${account.profile}/${key.user}/${key.keyId ?? `${key.created ?? ""}/${at}`}`, account, key })))
    .sort((a, b) => urgency(a.key) - urgency(b.key) || (a.key.dueInDays ?? 0) - (b.key.dueInDays ?? 0) || (b.key.ageDays ?? 0) - (a.key.ageDays ?? 0) || a.key.user.localeCompare(b.key.user));
}

/** An account with the rows that came new. */
export function withPart(accounts: AccountKeys[], part: KeyHealthPart): AccountKeys[] {
  const at = accounts.findIndex((one) => one.profile === part.profile);
  const before = accounts[at];
  const { profile, accountId, readBy, reportMade, users, read } = part;
  const after: AccountKeys = { profile, accountId, readBy, reportMade, users, keys: [...(before?.keys ?? []), ...part.keys], unread: [], leftOut: users - read, notes: [], failure: null };
  return before ? accounts.with(at, after) : [...accounts, after];
}

/** An account in which the rows of one user are those that were asked for now. What only the first reading told stays. */
export function withUser(account: AccountKeys, user: string, fresh: HealthKey[]): AccountKeys {
  const quarantined = account.keys.some((key) => key.user === user && key.quarantined);
  const others = account.keys.filter((key) => key.isRoot || key.user !== user);
  return { ...account, keys: [...others, ...fresh.map((key) => ({ ...key, quarantined }))] };
}

/** The reading of the keys of one or all accounts: rows as they come, then findings. */
export class KeyReading {
  accounts = $state.raw<AccountKeys[]>([]);
  findings = $state.raw<KeyFinding[]>([]);
  /** The whole answer, once it is there. */
  answer = $state.raw<KeyHealth | null>(null);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);
  /** The person did not want to wait any longer. */
  stopped = $state(false);
  #task = "";
  #wanted = new Map<string, Set<string>>();
  #asked = new Set<string>();
  /** The rows that were asked for since the reading began, by profile and user. */
  #fresh: Array<{ profile: string; user: string; keys: HealthKey[] }> = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Reads what one profile may see, or every account. Never rejects. */
  async read(profile: string | null): Promise<void> {
    this.stop();
    const task = newTask();
    this.#task = task;
    this.#asked.clear();
    this.#fresh = [];
    this.loading = true;
    this.stopped = false;
    this.failure = null;
    let coming: AccountKeys[] = [];
    try {
      const answer = await backend.stream("key_health", { task, profile }, (part) => {
        if (this.#task !== task) return;
        coming = withPart(coming, part);
        // What was known stays in sight while it is read again.
        if (this.answer === null) this.accounts = coming;
      });
      if (this.#task !== task) return;
      this.answer = answer;
      this.accounts = this.#renewed(answer.accounts);
      this.findings = answer.findings;
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (this.#task === task && !isCancelled(failure)) this.failure = failure;
    } finally {
      if (this.#task === task) this.loading = false;
    }
  }

  /** Ends the reading; what has come stays. */
  stop(): void {
    if (this.loading) void backend.call("task_cancel", { task: this.#task }).catch(() => undefined);
    clearTimeout(this.#timer);
    this.#wanted.clear();
  }

  /** Waits no longer; shown at once, whether or not an answer comes. */
  leave(): void {
    this.stop();
    this.#task = "";
    this.loading = false;
    this.stopped = true;
  }

  forget(): void {
    this.stop();
    this.stopped = false;
    this.#task = "";
    this.accounts = [];
    this.findings = [];
    this.answer = null;
    this.failure = null;
    this.loading = false;
  }

  /** A row has come into view whose key ID is not known. */
  want(profile: string, user: string): void {
    const name = `${profile}/${user}`;
    if (this.#asked.has(name)) return;
    this.#asked.add(name);
    const users = this.#wanted.get(profile) ?? new Set();
    this.#wanted.set(profile, users.add(user));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#fetch(), GATHER);
  }

  #renewed(accounts: AccountKeys[]): AccountKeys[] {
    return accounts.map((one) => this.#fresh.filter((row) => row.profile === one.profile).reduce((account, row) => withUser(account, row.user, row.keys), one));
  }

  async #fetch(): Promise<void> {
    const task = this.#task;
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    for (const [profile, all] of wanted) {
      const users = [...all];
      for (let from = 0; from < users.length; from += MOST_USERS) {
        try {
          const rows = await backend.call("key_health_rows", { profile, users: users.slice(from, from + MOST_USERS) });
          if (this.#task !== task) return;
          this.#fresh.push(...rows.filter((row) => row.failure === null).map((row) => ({ profile, user: row.user, keys: row.keys })));
          this.accounts = this.#renewed(this.accounts);
        } catch {
          // The rows stay as the report told them.
          return;
        }
      }
    }
  }
}
