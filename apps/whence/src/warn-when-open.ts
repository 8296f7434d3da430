import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import type { Settings } from '#libs/platform';

/** Says so in the log where others than this machine can do everything: the default is made to be tried out on loopback. */
export function warnWhenOpen({ address }: AddressInfo, { auth, throttlePerMinute }: Settings): void {
  if (auth === 'required' || isLoopback(address)) return;
  const throttle = throttlePerMinute === 0 ? ' and THROTTLE_PER_MINUTE' : '';
  const msg =
    `AUTH: off, and this process listens on ${address}: whoever reaches its port may read, add and erase all events. ` +
    `On any network set AUTH=required${throttle}.`;
  new Logger('Whence').warn({ msg });
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
