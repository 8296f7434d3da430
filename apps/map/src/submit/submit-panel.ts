import { urlOf } from '../api/api-client.js';
import { ApiError } from '../api/api-error.js';
import type { WhenceEvent } from '../api/event-types.js';
import { element, setText } from '../page/elements.js';
import { FollowedEvent } from '../page/followed-event.js';
import type { PageData } from '../page/page-data.js';
import { etaText, placeText } from '../text/formatters.js';
import { curlLine } from './curl-line.js';
import { refusalTexts } from './refusal-texts.js';
import { RoundTrip } from './round-trip.js';
import { SubmitForm } from './submit-form.js';

export interface SubmitPanelOptions {
  readonly hasKey: () => boolean;
  readonly onOpen: (taskId: string) => void;
}

/** Sends an event, shows how it goes on, and says the same for a shell. */
export class SubmitPanel {
  private readonly form = new SubmitForm({
    onChange: () => this.showCurl(),
    onSubmit: () => void this.submit(),
  });
  private readonly curl = element('code', {});
  private readonly copied = element('span', { role: 'status' });
  private readonly trip: RoundTrip;
  private readonly followed: FollowedEvent;
  private isSending = false;

  constructor(
    root: HTMLElement,
    private readonly data: PageData,
    private readonly options: SubmitPanelOptions,
  ) {
    this.trip = new RoundTrip(options.onOpen);
    this.followed = new FollowedEvent({
      read: (taskId) => data.event(taskId),
      onNews: (event) => this.showNews(event),
      onFailure: (error) => this.showUnread(error),
    });
    const copy = element('button', { type: 'button', class: 'quiet', onclick: () => void this.copy() }, 'Copy');
    root.append(
      element('div', { class: 'panel-head' }, element('h2', { id: 'try-title' }, 'Send one yourself')),
      this.form.element,
      this.trip.list,
      this.trip.said,
      element('div', { class: 'panel-head curl-head' }, element('h3', {}, 'The same with curl'), this.copied, copy),
      element('pre', { class: 'curl' }, this.curl),
    );
    this.showCurl();
  }

  /** Takes in news of the event that was sent. */
  take(events: readonly WhenceEvent[]): void {
    this.followed.take(events);
  }

  /** The API is back, or knows who asks. */
  retryNow(): void {
    this.followed.retryNow();
  }

  /** Whether a key is needed may have become clear. */
  showCurl(): void {
    const url = urlOf('event/submit/');
    const needsKey = this.options.hasKey();
    const { submission: body, sourceIp } = this.form;
    setText(this.curl, curlLine({ url, body, sourceIp, needsKey }));
  }

  /** One at a time: what is pressed while the API has not answered yet is not meant to send another. */
  private async submit(): Promise<void> {
    if (this.isSending || !this.form.hasUsableAddress()) return;
    this.isSending = true;
    this.followed.leave();
    this.trip.start();
    try {
      await this.send();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { text, atFields } = refusalTexts(error, this.options.hasKey());
      this.trip.refused(text);
      this.form.showFaults(atFields);
    } finally {
      this.isSending = false;
    }
  }

  private async send(): Promise<void> {
    const startedAt = performance.now();
    const { task_id } = await this.data.submit(this.form.submission, this.form.sourceIp);
    this.trip.accepted(task_id, Math.round(performance.now() - startedAt));
    this.followed.follow(task_id);
    this.form.proposeAnother();
  }

  /** It goes on to wait where the API does not answer just now; that is said elsewhere. */
  private showUnread(error: ApiError): void {
    if (!error.mayPass) this.trip.unknown(error.message);
  }

  private showNews(event: WhenceEvent): void {
    if (event.location_status === 'pending') this.trip.pending(etaText(event.estimated_located_at, Date.now()));
    else this.trip.settled(event.location_status, placeText(event, Date.now()));
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.curl.textContent ?? '');
      setText(this.copied, 'Copied');
    } catch {
      // Without TLS there is no clipboard for pages.
      getSelection()?.selectAllChildren(this.curl);
      setText(this.copied, 'Selected: copy it with Ctrl+C');
    }
    setTimeout(() => setText(this.copied, ''), 4_000);
  }
}
