/**
 * How many slips make one text of the other: a character too many, too few or wrong, or two neighbours exchanged (optimal
 * string alignment).
 */
export function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_none, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isExchanged = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const viaOther = (last[column - 1] ?? Infinity) + (isSame ? 0 : 1);
      const viaExchange = isExchanged ? (beforeLast[column - 2] ?? Infinity) + 1 : Infinity;
      const viaGap = Math.min(last[column] ?? Infinity, current[column - 1] ?? Infinity) + 1;
      current.push(Math.min(viaOther, viaExchange, viaGap));
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? 0;
}
