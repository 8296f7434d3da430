import type { GroupCount, GroupValue } from './event-grouping.js';

/**
 * The `limit` largest groups, largest first; of equal ones first the smaller value, and null last. It never sorts all of
 * them: a hundred thousand would keep the event loop for long.
 */
export function largestGroups(groups: Iterable<GroupCount>, limit: number): GroupCount[] {
  let largest: GroupCount[] = [];
  let gathered: GroupCount[] = [];
  for (const group of groups) {
    const smallest = largest[limit - 1];
    if (smallest !== undefined && compareGroups(group, smallest) > 0) continue;
    gathered.push(group);
    if (gathered.length < limit) continue;
    largest = firstOf([...largest, ...gathered], limit);
    gathered = [];
  }
  return firstOf([...largest, ...gathered], limit);
}

function firstOf(groups: GroupCount[], limit: number): GroupCount[] {
  return groups.sort(compareGroups).slice(0, limit);
}

function compareGroups(one: GroupCount, other: GroupCount): number {
  return other.count - one.count || compareValues(one.value, other.value);
}

function compareValues(one: GroupValue, other: GroupValue): number {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? 1 : -1;
  return one < other ? -1 : 1;
}
