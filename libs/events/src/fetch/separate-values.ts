/** The values of a parameter that takes several with commas. A comma of a value itself has a backslash before it. */
export function separateValues(given: string): string[] {
  const values = given.match(/(?:\\,|[^,])+|(?<=^|,)(?=,|$)/g) ?? [''];
  return values.map((value) => value.replaceAll('\\,', ','));
}
