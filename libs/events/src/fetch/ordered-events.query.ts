import { ApiPropertyOptional } from '@nestjs/swagger';
import { CheckedBy } from '#libs/platform';
import type { EventOrder } from '../domain/event-filter.js';
import { EventFilterQuery } from './event-filter.query.js';

const ORDERS: readonly EventOrder[] = ['asc', 'desc'];
export const DEFAULT_ORDER: EventOrder = 'desc';

function orderFault(given: unknown): string | null {
  return given === undefined || (ORDERS as readonly unknown[]).includes(given) ? null : 'expected asc or desc';
}

/** The filters, and the order, of queries that answer events one after the other. */
export class OrderedEventsQuery extends EventFilterQuery {
  @ApiPropertyOptional({
    enum: ORDERS,
    default: DEFAULT_ORDER,
    description: 'By time of receipt; desc is newest first.',
  })
  @CheckedBy(orderFault)
  order?: EventOrder;
}
