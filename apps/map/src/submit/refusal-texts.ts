import type { ApiError, FieldFault } from '../api/api-error.js';

/** The fields of the form, as the API names them; `source_ip` is the address, which the form itself looks at. */
export const FORM_FIELDS = ['name', 'status_code', 'source_ip'] as const;
export type FormField = (typeof FORM_FIELDS)[number];

/** Why an event was not accepted, each thing said once: at its field, or else in `text`. */
export interface RefusalTexts {
  readonly text: string;
  readonly atFields: readonly (FieldFault & { readonly field: FormField })[];
}

/** @param hasKey whether a key was sent; without one, the API speaks of headers, which are no matter of people here */
export function refusalTexts({ status, message, faults }: ApiError, hasKey: boolean): RefusalTexts {
  if (status === 401 && !hasKey)
    return { text: 'Sending needs an API key with the scope submit: “Enter a key”, above.', atFields: [] };
  const atFields = faults.flatMap((fault) => {
    const field = FORM_FIELDS.find((each) => each === fault.field);
    return field === undefined ? [] : [{ field, message: fault.message }];
  });
  const others = faults
    .filter(({ field }) => !atFields.some((each) => each.field === field))
    .map((fault) => `${fault.field}: ${fault.message}`);
  if (atFields.length === 0) return { text: [message, ...others].join(' '), atFields };
  return { text: ['What is wrong is told at its field.', ...others].join(' '), atFields };
}
