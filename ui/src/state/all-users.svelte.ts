import { asFailure, backend, isCancelled, type AccountUsers, type Failure, type UserRow } from "../backend";
import { newTask } from "./steps.svelte";

/** A user with the account that it is of. */
export interface AccountUser {
  /** Tells one row from another. */
  id: string;
  /** The one that may see it. */
  profile: string;
  accountId: string | null;
  user: UserRow;
}

/** The users of all accounts, those of one account together, its callers first. */
export function rowsOf(accounts: AccountUsers[]): AccountUser[] {
  const rows = accounts.flatMap(({ profile, list }) => (list?.users ?? []).map((user) => ({ id: `${profile} ${user.arn}`, profile, accountId: list?.accountId ?? null, user })));
  return rows.sort((a, b) => (a.accountId ?? "").localeCompare(b.accountId ?? "") || Number(b.user.isCaller) - Number(a.user.isCaller) || a.user.name.localeCompare(b.user.name));
}

/** The reading of the users of all accounts: each account as it comes. */
export class AllUsers {
  accounts = $state.raw<AccountUsers[]>([]);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);
  /** Everything was read, or the person did not want to wait for the rest. */
  done = $state(false);
  #task = "";

  /** Never rejects. What was known stays in sight while it is read again. */
  async read(): Promise<void> {
    this.stop();
    const task = newTask();
    this.#task = task;
    this.loading = true;
    this.failure = null;
    let coming: AccountUsers[] = [];
    try {
      const accounts = await backend.stream("user_list_all", { task }, (account) => {
        if (this.#task !== task) return;
        coming = [...coming, account];
        if (!this.done) this.accounts = coming;
      });
      if (this.#task !== task) return;
      this.accounts = accounts;
      this.done = true;
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
  }
}
