import { describe, expect, it } from 'vitest';
import { curvesOf } from './curves.js';

const curve = (label: string, ...points: [seconds: number, value: number][]) => ({
  label,
  points: points.map(([seconds, value]) => ({ seconds, value })),
});

describe('curvesOf', () => {
  const chart = curvesOf('A <title> & "more"', [
    { title: 'memory', curves: [curve('api', [0, 50], [600, 100]), curve('a < b', [0, 25], [300, 50])] },
    { title: 'keys & "files"', curves: [curve('api', [0, 2_000], [60, 1_000])] },
    { title: 'nothing', curves: [curve('api')] },
  ]);

  it('draws curves to their own panel’s scales, which begin at 0', () => {
    expect(chart).toContain('points="60,108 620,68"/>');
    expect(chart).toContain('points="60,128 340,108"/>');
    expect(chart).toContain('points="60,198 620,238"/>');
  });

  it('draws values below 1 as high as any', () => {
    const latencies = curvesOf('latency', [{ title: 's', curves: [curve('api', [0, 0.001], [60, 0.002])] }]);
    expect(latencies).toContain('points="60,108 620,68"/>');
    expect(latencies).toContain('>0.002</text>');
  });

  it('draws values that are all nought along the axis', () => {
    expect(curvesOf('idle', [{ title: 'n', curves: [curve('api', [0, 0], [60, 0])] }])).toContain(
      'points="60,148 620,148"/>',
    );
  });

  it('gives each curve of a panel a colour, which its label has too', () => {
    expect(chart).toMatch(/stroke="(#\w+)" points="60,108 .*\n.*style="fill:\1">api</);
    expect(chart).toMatch(/stroke="(#\w+)" points="60,128 .*\n.*style="fill:\1">a &lt; b</);
  });

  it('writes the largest value and the last time', () => {
    expect(chart).toContain('>100</text>');
    expect(chart).toContain('>10 min</text>');
    expect(chart).toContain('>2,000</text>');
    expect(chart).toContain('>1 min</text>');
  });

  it('draws nothing, and no wrong number, where there are no values', () => {
    expect(chart).toContain('points=""/>');
    expect(chart).not.toMatch(/NaN|Infinity/);
  });

  it('leaves nothing in a text that ends it', () => {
    expect(chart).toContain('>A &lt;title> &amp; &quot;more&quot;</text>');
    expect(chart).toContain('aria-label="A &lt;title> &amp; &quot;more&quot;"');
    expect(chart).toContain('>keys &amp; &quot;files&quot;</text>');
  });
});
