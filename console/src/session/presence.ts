const kAwayMs = 60_000;

let last = 0;

/** From now on it is known whether somebody touches the page. */
export function watchPresence(): void {
  const here = () => {
    last = Date.now();
  };
  here();
  for (const sign of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart']) {
    addEventListener(sign, here, { capture: true, passive: true });
  }
}

/** Whether somebody did within the last minute: what the page asks by itself must not keep a session from falling idle. */
export function isSomebodyHere(): boolean {
  return Date.now() - last < kAwayMs;
}
