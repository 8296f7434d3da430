const KEYS_PER_PAGE = 500;

/** Goes through keys page by page, and starts over after the last. */
export class PagedWalk<Key extends { readonly key: string }> {
  private position = '';
  private first = true;

  /** @param readPage reads so many keys in their order, after the given one */
  constructor(private readonly readPage: (after: string, limit: number) => Promise<Key[]>) {}

  /** True until the last page has been seen for the first time. */
  get isFirst(): boolean {
    return this.first;
  }

  async nextPage(): Promise<Key[]> {
    const page = await this.readPage(this.position, KEYS_PER_PAGE);
    const isLast = page.length < KEYS_PER_PAGE;
    this.position = isLast ? '' : (page.at(-1)?.key ?? '');
    if (isLast) this.first = false;
    return page;
  }
}
