import type { MantineColorSchemeManager } from '@mantine/core';

const kKey = 'mailward-look';

/** "auto" follows the system. */
export type Look = 'light' | 'dark' | 'auto';

function read(): Look {
  try {
    const kept = localStorage.getItem(kKey);
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  } catch {
    return 'auto';
  }
}

/** Keeps the chosen look in the browser, under the name that assets/look.js reads before the first paint. */
export function lookKeeper(): MantineColorSchemeManager {
  let listener: ((event: StorageEvent) => void) | null = null;
  return {
    get: () => read(),
    set: (look) => {
      try {
        if (look === 'auto') localStorage.removeItem(kKey);
        else localStorage.setItem(kKey, look);
      } catch {
        // Then it holds for this page.
      }
    },
    subscribe: (onUpdate) => {
      listener = (event) => {
        if (event.key === kKey) onUpdate(read());
      };
      addEventListener('storage', listener);
    },
    unsubscribe: () => {
      if (listener) removeEventListener('storage', listener);
    },
    clear: () => localStorage.removeItem(kKey),
  };
}
