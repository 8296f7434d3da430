import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { onceClosed } from '#libs/platform';
import { KnownKeys } from './known-keys.js';

/** The requests under way of each key: exports and streams go on for as long as their clients like, but not past their key. */
@Injectable()
export class OpenRequests {
  private readonly replies = new Map<string, Set<FastifyReply>>();

  constructor(keys: KnownKeys) {
    keys.onRevoked((keyIds) => keyIds.forEach((keyId) => this.cutOff(keyId)));
  }

  add(keyId: string, reply: FastifyReply): void {
    const ofKey = this.replies.get(keyId) ?? new Set();
    this.replies.set(keyId, ofKey.add(reply));
    onceClosed(reply.raw, () => {
      ofKey.delete(reply);
      if (ofKey.size === 0 && this.replies.get(keyId) === ofKey) this.replies.delete(keyId);
    });
  }

  private cutOff(keyId: string): void {
    for (const reply of this.replies.get(keyId) ?? []) reply.raw.destroy();
  }
}
