import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { entityTagOf, isNamedIn } from './entity-tag.js';

/**
 * Gives the answers of a GET an ETag of their own text, and answers 304 without a body to a client that has named it in
 * If-None-Match. It saves the transfer and not the work; calls that do not ask for it pay nothing.
 */
@Injectable()
export class EntityTagInterceptor implements NestInterceptor<object, string | undefined> {
  intercept(context: ExecutionContext, next: CallHandler<object>): Observable<string | undefined> {
    const http = context.switchToHttp();
    const ifNoneMatch = http.getRequest<FastifyRequest>().headers['if-none-match'];
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(map((answer) => unlessKept(JSON.stringify(answer), ifNoneMatch, reply)));
  }
}

function unlessKept(text: string, ifNoneMatch: string | undefined, reply: FastifyReply): string | undefined {
  const tag = entityTagOf(text);
  // Without no-cache a cache might guess how long a pending event stays pending.
  void reply.headers({ etag: tag, 'cache-control': 'private, no-cache' });
  if (ifNoneMatch !== undefined && isNamedIn(ifNoneMatch, tag)) {
    void reply.status(304);
    return undefined;
  }
  void reply.type('application/json; charset=utf-8');
  return text;
}
