/** The longest time that a timer can take, in milliseconds: almost 25 days. */
export const longestTimerMs = 2 ** 31 - 1;
