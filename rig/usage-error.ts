/** A mistake of the user. The message is complete, so the caller prints it without a stack. */
export class UsageError extends Error {}
