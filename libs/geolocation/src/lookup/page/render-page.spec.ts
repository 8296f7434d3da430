import { describe, expect, it } from 'vitest';
import { renderPage } from './render-page.js';

describe('renderPage', () => {
  it('puts values in, and leaves out what other hosts have', () => {
    const template = `<base href="<%= basePath %>"><link href="https://fonts.example/css2?family=A" rel="stylesheet">
<link href="static/main.css" rel="stylesheet"><script type="application/json"><%- config %></script>`;
    expect(renderPage(template, { basePath: '/queues/', config: '{"a":"$&"}' })).toBe(
      '<base href="/queues/"><link href="static/main.css" rel="stylesheet"><script type="application/json">{"a":"$&"}</script>',
    );
  });

  it.each([
    ['<%= title %>', 'asks for title'],
    ['<% if (x) { %>', 'more of ejs'],
  ])('does not serve a page that it does not understand: %s', (template, reason) => {
    expect(() => renderPage(template, {})).toThrow(reason);
  });
});
