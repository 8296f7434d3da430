type Child = Node | string | null;
type Properties = Readonly<Record<string, string | number | boolean | ((event: Event) => void)>>;

/**
 * Makes an element. What begins with `on` is a listener, `true` an attribute without a value, `false` none; every other
 * property is an attribute. Texts are texts: nothing that comes from an event is ever read as HTML.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** The element of the page's HTML with that id. */
export function byId<Type extends HTMLElement = HTMLElement>(id: string): Type {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as Type;
}

/** One of the pictures that the page's HTML has, beside a text that says the same. */
export function icon(name: string): SVGSVGElement {
  const NAMESPACE = 'http://www.w3.org/2000/svg';
  const picture = document.createElementNS(NAMESPACE, 'svg');
  picture.setAttribute('class', `icon icon-${name}`);
  picture.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(NAMESPACE, 'use');
  use.setAttribute('href', `#icon-${name}`);
  picture.append(use);
  return picture;
}

/** Sets the text where it is another one, so that nothing is laid out, or read out, anew without need. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Whether people have asked for less movement. */
export function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
