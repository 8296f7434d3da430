import { describe, expect, it } from 'vitest';
import { chartOf } from './chart.js';

const spread = (median: number, least = median, most = median) => ({ median, least, most });

describe('chartOf', () => {
  const chart = chartOf('A <title> & "more"', [
    { title: 'rates', bars: [{ label: 'yardstick', spread: spread(2_000), isYardstick: true }] },
    { title: 'shares', bars: [{ label: 'half', spread: spread(50, 25, 100) }] },
  ]);

  it('draws bars to their own panel’s scale, with the extremes of the rounds', () => {
    expect(chart).toContain('<rect class="yardstick" x="190" y="70" width="430"');
    expect(chart).toContain('<rect class="whence" x="190" y="140" width="215"');
    expect(chart).toContain('<line class="extremes" x1="297.5" x2="620"');
  });

  it('writes the medians', () => {
    expect(chart).toContain('>2,000</text>');
    expect(chart).toContain('>50</text>');
  });

  it('leaves nothing in a text that ends it', () => {
    expect(chart).toContain('>A &lt;title> &amp; &quot;more&quot;</text>');
  });
});
