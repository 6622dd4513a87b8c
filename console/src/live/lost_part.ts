/**
 * Where a part of the page (a page's script, its styles) is lost on the way, or is of a build that the service no longer
 * has, the page is loaded anew: once, for what is missing after that will not come by itself. `isHere`: whether the
 * service answers; the browser's own error page in place of ours would help nobody.
 */
export function reloadForLostParts(isHere: () => boolean) {
  addEventListener('vite:preloadError', (event) => {
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    if (navigation?.type === 'reload' || !isHere()) return;
    // Nothing is thrown then: the import gives nothing (arrived()).
    event.preventDefault();
    location.reload();
  });
}

/** A part that was imported; never, where the page is being loaded anew for it. */
export async function arrived<Part>(part: Promise<Part>): Promise<Part> {
  const whole: Part | undefined = await part;
  return whole ?? new Promise<Part>(() => undefined);
}
