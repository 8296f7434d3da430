import { element } from '../page/elements.js';
import { shortCountText } from '../text/formatters.js';
import { SHADES } from './shading.js';

/** What the shades of countries mean. */
export class MapLegend {
  private readonly list = element('ul', { class: 'legend', 'aria-label': 'Shades: events by country' });

  constructor(root: HTMLElement) {
    root.append(this.list);
  }

  /** @param bounds the least count of each shade */
  show(bounds: readonly number[]): void {
    this.list.hidden = bounds.length === 0;
    const items = bounds.map((bound, index) => {
      const swatch = element('span', { class: 'swatch', 'aria-hidden': 'true' });
      swatch.style.background = `var(--map-shade-${index + 1 + SHADES - bounds.length})`;
      return element('li', {}, swatch, shortCountText(bound) + (index === bounds.length - 1 ? '+' : ''));
    });
    this.list.replaceChildren(element('li', { class: 'legend-title' }, 'Events by country'), ...items);
  }
}
