/**
 * Why a text can be no API key; null where it may be one, which the API alone knows. Others are not sent: a header cannot even
 * have most characters of the world.
 */
export function keyTextFault(text: string): string | null {
  return /^[\w-]+$/.test(text) ? null : 'This is no API key: they have the letters a to z, digits, - and _ only.';
}
