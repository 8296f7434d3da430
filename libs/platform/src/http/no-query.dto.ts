/** The query of a call that takes no query parameters: the strict pipe refuses each one that is given, by name. */
export class NoQueryDto {}
