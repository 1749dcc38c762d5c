/** The paths of a small line chart from 0 at the bottom to the greatest value at the top; null for fewer than two values. */
export function sparkline(values: number[], width: number, height: number): { line: string; area: string } | null {
  if (values.length < 2) return null;
  const top = Math.max(...values, 0) || 1;
  const step = width / (values.length - 1);
  // Half the line's width stays free at both ends, so that nothing is cut.
  const points = values.map((value, at) => `${round(at * step)} ${round(height - 1 - (Math.max(0, value) / top) * (height - 2))}`);
  const line = `M${points.join("L")}`;
  return { line, area: `${line}V${height}H0Z` };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
