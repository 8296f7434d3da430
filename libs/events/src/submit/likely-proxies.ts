/** How many of some submissions came from each address that is likely to be a proxy's. */
export class LikelyProxies {
  private readonly counts = new Map<string, number>();

  count(address: string): void {
    this.counts.set(address, (this.counts.get(address) ?? 0) + 1);
  }

  clear(): void {
    this.counts.clear();
  }

  /** How many came from so many addresses, those with the most. */
  ofMost(addresses: number): number {
    const descending = [...this.counts.values()].sort((one, other) => other - one);
    return descending.slice(0, addresses).reduce((sum, count) => sum + count, 0);
  }

  /** The address with the most; an empty text where there is none. */
  get foremost(): string {
    const [[address] = ['']] = [...this.counts].sort(([, one], [, other]) => other - one);
    return address;
  }
}
