/** A tag of ejs that puts a value in. */
const VALUE = /<%[=-] (\w+) %>/g;
/** The page asks another host for fonts, which would learn who looks at it; it is as good without. */
const FOREIGN_LINK = /<link\b[^>]*\bhref="https?:[^>]*>\s*/g;

/**
 * Bull Board's page, which is written for ejs, with nothing that comes from another host.
 * @param values must have nothing in them that HTML minds
 * @throws where the page has more of ejs in it than values, as another version might
 */
export function renderPage(template: string, values: Readonly<Record<string, string>>): string {
  const page = template.replace(FOREIGN_LINK, '').replace(VALUE, (_tag, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`Bull Board’s page asks for ${name}, which it is not given`);
    return value;
  });
  if (page.includes('<%')) throw new Error('Bull Board’s page has more of ejs in it than is known here');
  return page;
}
