const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"] as const;

/** Decimal units, as S3 bills: 1 KB is 1,000 B. "212 KB", "2.4 TB", "1 B". */
export function bytes(amount: number): string {
  let value = amount;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  const text = value.toFixed(digits).replace(/\.0$/, "");
  return `${text} ${UNITS[unit]}`;
}

/** "1.2 of 1.9 GB": the unit once where both share it. */
export function bytesOf(done: number, total: number): string {
  const [doneText, totalText] = [bytes(done), bytes(total)];
  const unit = totalText.slice(totalText.indexOf(" "));
  return `${doneText.endsWith(unit) ? doneText.slice(0, -unit.length) : doneText} of ${totalText}`;
}

/** "1,204,318": separators, everywhere the same. */
export function count(amount: number): string {
  // The system's tables for languages are not read for what has no separator.
  return amount < 1000 ? String(amount) : amount.toLocaleString("en-US");
}
