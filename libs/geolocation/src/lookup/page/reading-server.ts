import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  AppControllerRoute,
  AppViewRoute,
  BullBoardQueues,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/dist/types.js';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PlatformError, unlessLate, validationFailed } from '#libs/platform';
import { renderPage } from './render-page.js';

const LONGEST_READING_MS = 2_000;
const KEPT_NOWHERE = { 'cache-control': 'no-store' };

/**
 * Serves Bull Board under Fastify, with the scope admin: its page, its files, and of its calls those that read. Whatever
 * would change a job has no route, so that nothing depends on what the page shows of it. It takes the place of
 * `@bull-board/fastify`, which has them, errors of its own shape, and fonts from elsewhere.
 */
export class ReadingServer implements IServerAdapter {
  private queues: BullBoardQueues = new Map();
  private uiConfig: UIConfig = {};
  private views = '';
  private files = { prefix: '', root: '' };
  private entry: AppViewRoute | undefined;
  private calls: readonly AppControllerRoute[] = [];

  /**
   * @param basePath where the page is, such as /queues
   * @param isReadable whether Redis can be asked just now; commands to one that is away would wait for it
   */
  constructor(
    private readonly basePath: string,
    private readonly isReadable: () => boolean,
  ) {}

  setQueues(queues: BullBoardQueues): this {
    this.queues = queues;
    return this;
  }

  setViewsPath(folder: string): this {
    this.views = folder;
    return this;
  }

  setStaticPath(prefix: string, root: string): this {
    this.files = { prefix, root };
    return this;
  }

  setEntryRoute(route: AppViewRoute): this {
    this.entry = route;
    return this;
  }

  /** Failures are answered as everywhere else in the service. */
  setErrorHandler(): this {
    return this;
  }

  setApiRoutes(routes: readonly AppControllerRoute[]): this {
    this.calls = routes.filter(({ method }) => method === 'get');
    return this;
  }

  setUIConfig(config: UIConfig): this {
    this.uiConfig = config;
    return this;
  }

  /** The routes, for `fastify.register` with the base path as prefix. */
  readonly plugin = async (fastify: FastifyInstance): Promise<void> => {
    fastify.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'admin', pagePolicy: 'withBase' };
    });
    await fastify.register(fastifyStatic, { ...this.files, index: false, decorateReply: false });
    await this.addPage(fastify);
    for (const call of this.calls) {
      for (const url of [call.route].flat()) {
        fastify.get(url, (request, reply) => this.answer(call, request, reply));
      }
    }
  };

  private async addPage(fastify: FastifyInstance): Promise<void> {
    const { entry, basePath, uiConfig } = this;
    if (entry === undefined) throw new Error('Bull Board has named no page');
    const { name, params } = entry.handler({ basePath, uiConfig });
    const page = renderPage(await readFile(join(this.views, name), 'utf8'), params);
    for (const url of [entry.route].flat()) {
      fastify.get(url, (_request, reply) => reply.headers(KEPT_NOWHERE).type('text/html; charset=utf-8').send(page));
    }
  }

  private async answer(call: AppControllerRoute, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    refuseTwiceEncoded(request.query as Record<string, unknown>);
    if (!this.isReadable()) throw unreadable();
    const { queues, uiConfig } = this;
    const { params, query } = request as { params: Record<string, string>; query: Record<string, unknown> };
    const asked = { queues, uiConfig, params, query, body: {}, headers: {} };
    const reading = Promise.resolve(call.handler(asked));
    const { status = 200, body } = await unlessLate(reading, { longestMs: LONGEST_READING_MS, error: unreadable });
    if (status >= 400) throw refusal(status, body, request);
    return reply.headers(KEPT_NOWHERE).status(status).send(body);
  }
}

/** In the service's own words: there is no such job, or the query is wrong. */
function refusal(status: number, body: unknown, { method, url }: FastifyRequest): PlatformError {
  if (status !== 400) return new PlatformError('not_found', `There is nothing at ${method} ${url.split('?', 1)[0]}.`);
  const { error } = body as { error?: { options?: { field?: string } } };
  return validationFailed([{ field: error?.options?.field ?? 'query', message: 'expected what Bull Board sends' }]);
}

function unreadable(): PlatformError {
  return new PlatformError('service_unavailable', 'Redis, where the queue is, does not answer just now; try again.', {
    retryAfterSeconds: 1,
  });
}

/** Bull Board decodes names of queues once more, and fails at what it cannot decode. */
function refuseTwiceEncoded(query: Record<string, unknown>): void {
  const faults = Object.entries(query).filter(([, value]) => typeof value === 'string' && !isDecodable(value));
  if (faults.length > 0) {
    throw validationFailed(faults.map(([field]) => ({ field, message: 'expected percent-encoded UTF-8' })));
  }
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
