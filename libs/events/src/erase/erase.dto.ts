import { ApiProperty } from '@nestjs/swagger';
import { isNetwork, parseAddressRange } from '#libs/geolocation';
import { CheckedBy } from '#libs/platform';

/** Which events to erase. */
export class EraseQuery {
  @CheckedBy(faultOf)
  @ApiProperty({
    description:
      'All events whose kept source_ip is this address, or one of this CIDR range. Where IP_RETENTION is truncate, the ' +
      'range has to cover the network: 81.2.69.0/24 or 81.2.69.0 for located events of 81.2.69.142. ' +
      'A range whose address has bits behind its prefix, such as 81.2.69.142/8, is refused: one of the two is a slip.',
    example: '81.2.69.142',
  })
  source_ip: string;
}

class ErasedEvents {
  @ApiProperty({ type: 'integer', minimum: 0, example: 1, description: 'How many events there were, and are no more.' })
  erased: number;
}

/** The answer of an erasure. */
export class ErasedDto {
  @ApiProperty({ enum: ['success'] })
  status: 'success';

  @ApiProperty({ type: ErasedEvents })
  data: ErasedEvents;
}

/** What is erased is gone: nothing is guessed. */
function faultOf(value: unknown): string | null {
  if (typeof value !== 'string' || parseAddressRange(value) === null) return EXPECTED;
  return isNetwork(value) ? null : EXPECTED_NETWORK;
}

const EXPECTED_NETWORK = 'expected a CIDR range whose address has no bits behind its prefix, such as 81.2.69.0/24';
const EXPECTED = 'expected an IP address, or a CIDR range such as 81.2.69.0/24';
