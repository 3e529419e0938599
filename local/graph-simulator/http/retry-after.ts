/**
 * The three forms of Retry-After that clients meet: whole seconds, seconds with a fraction (an official sample has
 * `2.128`) and an HTTP date. None is shorter than the wait.
 */
export function retryAfter(waitS: number, turn: number, nowMs: number): string {
  switch (turn % 3) {
    case 0:
      return String(Math.max(1, Math.ceil(waitS)));
    case 1:
      return (Math.ceil(waitS * 1000) / 1000).toFixed(3);
    default:
      return new Date(Math.ceil((nowMs + waitS * 1000) / 1000) * 1000).toUTCString();
  }
}
