import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AccessRule, accessRuleOf, type Caller } from '#libs/platform';
import { AccessError } from '../domain/access-error.js';
import type { Gatekeeper } from './gatekeeper.js';
import type { OpenRequests } from './open-requests.js';

/** RFC 6750, section 3. */
const CHALLENGE = 'Bearer realm="whence"';
/** Not where none was sent, as the same section has it. */
const CHALLENGE_TO_WRONG_KEY = `${CHALLENGE}, error="invalid_token"`;
/**
 * Browsers ask for a password where `Basic` is among the ways, which a page needs to be opened at all. Two headers: Chromium
 * looks at the first way of each and no further.
 */
const CHALLENGE_OF_PAGES = 'Basic realm="whence, with an API key as password", charset="UTF-8"';

/** Refuses requests that their key does not allow, before their body is read. */
export function requireKeys(fastify: FastifyInstance, gatekeeper: Gatekeeper, openRequests: OpenRequests): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const rule = accessRuleOf(request);
    if (rule === 'anyone') return done();
    const refuse = (error: unknown) => {
      challenge(error, request, reply);
      done(error as Error);
    };
    const admit = (caller: Caller) => {
      request.waitedMs = performance.now() - askedAtMs;
      request.caller = caller;
      if (caller.keyId !== null && mayLast(rule)) openRequests.add(caller.keyId, reply);
      done();
    };
    const askedAtMs = performance.now();
    try {
      const caller = gatekeeper.admit(request, rule);
      if (caller instanceof Promise) void caller.then(admit, refuse);
      else admit(caller);
    } catch (error) {
      refuse(error);
    }
  });
}

/** A submission is answered within seconds: the key counts when it was sent. */
function mayLast(rule: AccessRule): boolean {
  return rule !== 'submit';
}

function challenge(error: unknown, { headers }: FastifyRequest, reply: FastifyReply): void {
  if (!(error instanceof AccessError) || error.code !== 'unauthenticated') return;
  const isPage = headers.accept?.includes('text/html') === true;
  const hasKey = headers.authorization !== undefined || headers['x-api-key'] !== undefined;
  const bearer = hasKey ? CHALLENGE_TO_WRONG_KEY : CHALLENGE;
  void reply.header('www-authenticate', isPage ? [bearer, CHALLENGE_OF_PAGES] : bearer);
}
