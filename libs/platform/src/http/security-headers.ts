import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import helmet from 'helmet';

type Policy = Readonly<Record<string, readonly string[]>>;

const POLICY_HEADER = 'content-security-policy';

/** Of what is no page, should a browser show it all the same: it loads nothing, and no page shows it within itself. */
const POLICY_OF_DATA: Policy = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The policy of the page that the route answers with; `usual` where nothing is said. */
    pagePolicy?: PagePolicy;
  }
}

/** Nothing but files of its own, and calls of its own service. */
const STRICT_POLICY: Policy = {
  'default-src': ["'none'"],
  'base-uri': ["'none'"],
  'connect-src': ["'self'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
  'img-src': ["'self'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
};

/**
 * Of most pages: their own files and their own service, and no script within the page itself. Swagger UI has a style sheet within
 * its page, and pictures within its style sheets. Nothing is asked for by https that was not: many try the service without TLS.
 */
const USUAL_POLICY: Policy = {
  ...STRICT_POLICY,
  'font-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'style-src': ["'self'", "'unsafe-inline'"],
};

/** What keeps browsers from doing with an answer what nobody meant. Of all answers but pages. */
export const SECURITY_HEADERS = headersWith(POLICY_OF_DATA);
const SECURITY_HEADERS_OF_PAGES = {
  usual: headersWith(USUAL_POLICY),
  /** Its addresses start from where its `base` element says. */
  withBase: headersWith({ ...USUAL_POLICY, 'base-uri': ["'self'"] }),
  strict: headersWith(STRICT_POLICY),
} as const;

type PagePolicy = keyof typeof SECURITY_HEADERS_OF_PAGES;

/**
 * Adds SECURITY_HEADERS to every answer, and to pages those that let them work. Call before what may refuse a request, so that
 * refusals have them too.
 */
export function addSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(SECURITY_HEADERS);
    done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (isPage(reply)) void reply.headers(headersOfPage(request));
    // It says that what the browser has is still right, and would give that another policy.
    else if (reply.statusCode === 304) void reply.removeHeader(POLICY_HEADER);
    done(null, payload);
  });
}

function headersOfPage({ routeOptions }: FastifyRequest): Readonly<Record<string, string>> {
  return SECURITY_HEADERS_OF_PAGES[routeOptions.config.pagePolicy ?? 'usual'];
}

function isPage(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type') ?? '').startsWith('text/html');
}

/** helmet says the same to every request: it is asked once, and what it said costs a submission next to nothing. */
function headersWith(policy: Policy): Readonly<Record<string, string>> {
  const answer = new ServerResponse(new IncomingMessage(new Socket()));
  const addHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: policy },
    // Browsers ignore both without TLS, and complain of the first on each page. No page here opens another, or is opened.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    // A promise for the whole host, for a year, that only whoever ends TLS can make.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
  addHeaders(answer.req, answer, () => {});
  return Object.fromEntries(Object.entries(answer.getHeaders()).map(([name, value]) => [name, String(value)]));
}
