/** What promises, matchers and printers ask every object for. */
const ASKED_OF_ANYTHING = new Set(['then', 'toJSON', 'asymmetricMatch', '$$typeof', 'nodeType', 'tagName']);

/**
 * An object of the given type that has only what the test stubs; to touch anything else fails and names it.
 * @param name what the double plays, for the failure's message
 */
export function strictDouble<Played extends object>(name: string, stubs: Partial<Played> = {}): Played {
  return new Proxy(stubs, {
    get(target, property, receiver): unknown {
      if (property in target || typeof property === 'symbol' || ASKED_OF_ANYTHING.has(property)) {
        return Reflect.get(target, property, receiver);
      }
      throw new Error(`unexpected use of ${name}.${property}: the test does not stub it`);
    },
  }) as Played;
}
