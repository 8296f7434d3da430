/** What the stand-in tells the process that forked it. */
export type StandInMessage = { type: 'listening'; url: string } | { type: 'failed'; message: string };

/** The part of `process` that this needs. */
type ForkedProcess = Pick<NodeJS.Process, 'on' | 'once' | 'exit' | 'send' | 'connected'>;

/**
 * The process that forked the stand-in over an IPC channel and decides how long it lives. Constructed once it is known
 * that there is one.
 */
export class ParentProcess {
  constructor(private readonly self: ForkedProcess = process) {}

  /**
   * Binds this process to its parent: signals are left to the parent (Ctrl-C reaches the whole group, yet the parent
   * still needs answers while it drains), and the end of the channel, however the parent died, ends this process with 0.
   */
  bindLifetime(): void {
    this.self.on('SIGINT', ignore).on('SIGTERM', ignore);
    this.self.once('disconnect', () => this.self.exit(0));
    if (!this.self.connected) this.self.exit(0);
  }

  /** Resolves when the message has left, or cannot: a parent that is gone has ended this process anyway. */
  tell(message: StandInMessage): Promise<void> {
    return new Promise((resolve) => this.self.send?.(message, undefined, undefined, () => resolve()));
  }
}

function ignore(): void {}
