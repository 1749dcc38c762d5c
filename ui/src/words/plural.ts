import { count } from "../state/bytes";

/** "1 profile", "1,204 objects". */
export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}
