import { describe, expect, it } from 'vitest';
import { CheckedBy } from './checked-by.js';
import { checkObject } from './check-object.js';

class DishDto {
  @CheckedBy((value) => (typeof value === 'string' ? null : 'expected text'))
  dish: string;
}

describe('checkObject', () => {
  it('makes an instance of the class', () => {
    const { dto, faults } = checkObject(DishDto, { dish: 'soup' });
    expect(dto).toBeInstanceOf(DishDto);
    expect([dto.dish, faults]).toEqual(['soup', []]);
  });

  it('gives back every fault', () => {
    expect(checkObject(DishDto, { dish: 1, wine: true }).faults).toEqual([
      { field: 'wine', message: 'unknown field; known here: dish' },
      { field: 'dish', message: 'expected text' },
    ]);
  });
});
