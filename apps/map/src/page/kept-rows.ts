/** What is shown of an item: it is kept, and says something else, while there is one with the item's key. */
export interface KeptRow<Item> {
  readonly element: HTMLElement;
  show(item: Item): void;
}

const FOCUSABLE = 'button, a, input';

/**
 * Rows that stay while what they tell of changes. Whoever is on one stays on it; where it goes away, the focus goes to the
 * one that was below it, or above, else to one that is in its place now, else to what has the rows.
 */
export class KeptRows<Item, Row extends KeptRow<Item> = KeptRow<Item>> {
  private rows = new Map<string, Row>();

  /** @param parent has these rows alone; it is within a section, or something else that can have the focus */
  constructor(
    private readonly parent: HTMLElement,
    private readonly keyOf: (item: Item) => string,
    private readonly make: (item: Item) => Row,
  ) {}

  get(key: string): Row | undefined {
    return this.rows.get(key);
  }

  /** @param items in the order in which they are shown, each key once */
  show(items: readonly Item[]): void {
    const before = [...this.rows.values()].map(({ element }) => element);
    const focused = before.find((each) => each.contains(document.activeElement));
    const place = focused === undefined ? -1 : [...this.parent.children].indexOf(focused);
    const inOrder = [...this.parent.children];
    this.rows = new Map(items.map((item) => [this.keyOf(item), this.rowOf(item)]));
    const wanted = new Set<Element>([...this.rows.values()].map(({ element }) => element));
    for (const each of inOrder) if (!wanted.has(each)) each.remove();
    this.putInOrder(focused);
    if (focused === undefined || canHaveFocus(document.activeElement)) return;
    const nearest = [focused, ...inOrder.slice(place + 1), ...inOrder.slice(0, place).reverse()];
    this.passFocus([
      ...nearest.filter((each) => wanted.has(each)),
      ...[...this.parent.children].slice(0, place + 1).reverse(),
    ]);
  }

  private rowOf(item: Item): Row {
    const row = this.rows.get(this.keyOf(item)) ?? this.make(item);
    row.show(item);
    return row;
  }

  /** One that is moved loses the focus: the others are moved around it. */
  private putInOrder(focused: HTMLElement | undefined): void {
    let next = this.parent.firstElementChild;
    for (const { element } of this.rows.values()) {
      while (element === focused && next !== null && next !== element) {
        const after: Element | null = next.nextElementSibling;
        this.parent.append(next);
        next = after;
      }
      if (element === next) next = next.nextElementSibling;
      else this.parent.insertBefore(element, next);
    }
  }

  private passFocus(nearest: readonly Element[]): void {
    const within = nearest.flatMap((each) => [...each.querySelectorAll<HTMLElement>(FOCUSABLE)]);
    const next = within.find((each) => each.checkVisibility());
    if (next !== undefined) next.focus();
    else focusAround(this.parent);
  }
}

/** Passes the focus to what an element is a part of: what is scrolled, the card, or the section. */
export function focusAround(within: Element): void {
  const around = within.closest<HTMLElement>('[tabindex], section');
  if (around === null) return;
  if (!around.hasAttribute('tabindex')) around.tabIndex = -1;
  around.focus();
}

function canHaveFocus(element: Element | null): boolean {
  return element !== null && element !== document.body && element.checkVisibility();
}
