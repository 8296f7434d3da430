import { byId, element, setText } from '../page/elements.js';
import { keyTextFault } from './api-key-text.js';

const ENTERED = 'entered';

/** Asks for an API key, when the API wants one. */
export class KeyEntry {
  private readonly why = element('p', { class: 'fault', id: 'key-why', role: 'alert' });
  private readonly input = element('input', {
    id: 'key-input',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    'aria-describedby': 'key-help key-why',
  });
  private readonly dialog: HTMLDialogElement;
  private readonly button = byId('enter-key');

  /** @param onKey hears the key that was entered */
  constructor(onKey: (key: string) => void) {
    const form = element(
      'form',
      {},
      element('h2', { id: 'key-title' }, 'This service asks for a key'),
      element(
        'p',
        { id: 'key-help' },
        'An API key with the scope ',
        element('code', {}, 'read'),
        ' shows its events; with ',
        element('code', {}, 'submit'),
        ' you can send some too. It is kept for this tab, until you close it or forget the key.',
      ),
      element('label', { for: 'key-input' }, 'API key'),
      this.input,
      this.why,
      element(
        'div',
        { class: 'buttons' },
        element('button', { type: 'button', onclick: () => this.dialog.close() }, 'Not now'),
        element('button', { class: 'primary', type: 'submit' }, 'Show the events'),
      ),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const key = this.input.value.trim();
      const fault = keyTextFault(key);
      if (fault !== null) return this.ask(fault);
      this.dialog.close(ENTERED);
      this.input.value = '';
      // What had the focus before may be the button, which is gone.
      byId('events').focus();
      onKey(key);
    });
    this.dialog = element('dialog', { class: 'key', 'aria-labelledby': 'key-title' }, form);
    // Nobody is kept in it: Escape and "Not now" lead to the rest of the page, and the button back.
    this.dialog.addEventListener('close', () => this.offer());
    this.button.addEventListener('click', () => this.ask(''));
    document.body.append(this.dialog);
  }

  /** @param why what is wrong with the key that was sent; empty where none was */
  ask(why: string): void {
    this.input.setAttribute('aria-invalid', String(why !== ''));
    this.button.hidden = true;
    if (!this.dialog.open) {
      this.dialog.returnValue = '';
      this.dialog.showModal();
    }
    this.input.focus();
    // Once it is there: of a text that it comes with, nobody is told.
    setText(this.why, why);
  }

  private offer(): void {
    // It may have been refused already when the browser tells that the dialog was closed.
    if (this.dialog.open || this.dialog.returnValue === ENTERED) return;
    this.button.hidden = false;
    this.button.focus();
  }
}
