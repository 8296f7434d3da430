import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors/domain-error.js';
import { CheckedBy } from './checked-by.js';
import { NoQueryDto } from './no-query.dto.js';
import { StrictValidationPipe } from './strict-validation.pipe.js';

class OrderDto {
  @CheckedBy((value) => (typeof value === 'string' ? null : 'expected text'))
  dish: string;

  @CheckedBy((value) => (value === undefined || typeof value === 'number' ? null : 'expected a number'))
  portions?: number;

  @CheckedBy((value, body) => (value === undefined || body['dish'] === 'soup' ? null : 'expected with soup only'))
  spoon?: boolean;

  @CheckedBy((value) => (value === undefined || typeof value === 'object' ? null : 'expected an object'))
  extras?: object;
}

describe('StrictValidationPipe', () => {
  const pipe = new StrictValidationPipe();
  const read = (value: unknown, type: 'body' | 'query' = 'body', metatype: new () => object = OrderDto) =>
    pipe.transform(value, { type, metatype });

  /** The faults as "field: message". */
  function faultsOf(value: unknown, type: 'body' | 'query' = 'body', metatype: new () => object = OrderDto): string[] {
    try {
      read(value, type, metatype);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      expect(error.code).toBe('validation_failed');
      return (error.details.errors ?? []).map(({ field, message }) => `${field}: ${message}`);
    }
    return [];
  }

  it('makes an instance of the class', () => {
    const order = read({ dish: 'soup', portions: 2, spoon: true });
    expect(order).toBeInstanceOf(OrderDto);
    expect({ ...(order as OrderDto) }).toMatchObject({ dish: 'soup', portions: 2, spoon: true });
  });

  it.each([
    '{"bread":true,"salt":0.5}',
    '{"constructor":"x"}',
    '{"constructor":{}}',
    '{"then":1,"toString":2,"length":3}',
    '{"list":[{"constructor":null}]}',
  ])('takes a field with the object %s that its rule allows', (text) => {
    expect(read({ dish: 'soup', extras: JSON.parse(text) as object })).toBeInstanceOf(OrderDto);
  });

  it('checks fields that are missing', () => {
    expect(faultsOf({})).toEqual(['dish: expected text']);
  });

  it('shows a rule the whole body', () => {
    expect(faultsOf({ dish: 'bread', spoon: true })).toEqual(['spoon: expected with soup only']);
  });

  it('names every fault at once', () => {
    expect(faultsOf({ dish: 1, portions: '2', wine: true })).toEqual([
      'wine: unknown field; known here: dish, portions, spoon, extras',
      'dish: expected text',
      'portions: expected a number',
    ]);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', 'Dish'])(
    'refuses the unknown field %j',
    (field) => {
      const body: unknown = JSON.parse(`{"dish":"soup",${JSON.stringify(field)}:{"portions":2}}`);
      expect(faultsOf(body)).toEqual([`${field}: unknown field; known here: dish, portions, spoon, extras`]);
    },
  );

  it.each([
    '{"constructor":1}',
    '{"constructor":{"name":"Array"}}',
    '[{"constructor":"x"}]',
    '{"a":{"constructor":null}}',
  ])('checks the field value %s like any other wrong value', (text) => {
    expect(faultsOf({ dish: JSON.parse(text) as unknown })).toEqual(['dish: expected text']);
  });

  it.each([[undefined], [null], [[]], [[{ dish: 'soup' }]], ['soup'], [1], [true]])('refuses the body %j', (body) => {
    expect(faultsOf(body)).toEqual(['body: expected a JSON object']);
  });

  it('refuses unknown and repeated query parameters by name', () => {
    expect(faultsOf({ dish: ['soup', 'bread'], wine: 'red' }, 'query')).toEqual([
      'dish: expected once, found several times',
      'wine: unknown query parameter; known here: dish, portions, spoon, extras',
    ]);
  });

  it('takes a query without a prototype, as Fastify makes it', () => {
    const query = Object.assign(Object.create(null) as object, { dish: 'soup' });
    expect(read(query, 'query')).toMatchObject({ dish: 'soup' });
  });

  it('checks a query that is missing like an empty one', () => {
    expect(faultsOf(undefined, 'query')).toEqual(['dish: expected text']);
  });

  it('refuses every parameter of a call that takes none, and takes none', () => {
    expect(faultsOf({ a: '1', b: ['2'] }, 'query', NoQueryDto)).toEqual([
      'a: unknown query parameter; known here: none',
      'b: unknown query parameter; known here: none',
    ]);
    expect(read({}, 'query', NoQueryDto)).toBeInstanceOf(NoQueryDto);
  });

  it('leaves what is neither body nor query, or has no class, as it is', () => {
    expect(pipe.transform('0199', { type: 'param', metatype: OrderDto })).toBe('0199');
    expect(pipe.transform(7, { type: 'custom', metatype: OrderDto })).toBe(7);
    expect(pipe.transform('raw', { type: 'body' })).toBe('raw');
  });
});
