import { type PageState, readState, writeState } from './page-state.js';

type Listener = (state: PageState, before: PageState) => void;

/** The page's state, which is that of the address bar: links lead to it, and Back goes back in it. */
export class PageAddress {
  private current = readState(location.search);
  private readonly listeners: Listener[] = [];

  constructor() {
    addEventListener('popstate', () => this.become(readState(location.search)));
  }

  get state(): PageState {
    return this.current;
  }

  /** Calls the listener when the state has changed. */
  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Goes to another state; Back leads to the one before. */
  go(change: Partial<PageState>): void {
    const state = { ...this.current, ...change };
    if (writeState(state) === writeState(this.current)) return;
    history.pushState(null, '', `${location.pathname}${writeState(state)}${location.hash}`);
    this.become(state);
  }

  private become(state: PageState): void {
    const before = this.current;
    this.current = state;
    for (const listener of this.listeners) listener(state, before);
  }
}
