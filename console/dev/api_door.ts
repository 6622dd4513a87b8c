import type { Plugin } from 'vite';

/**
 * Lets the development server answer /api from a running Mailward, MAILWARD_URL. Its certificate is taken as it is: it is
 * one's own machine. To Mailward the requests come from its own address, as it wants them. Nothing of this is in the build.
 */
export function apiDoor(): Plugin {
  const url = process.env['MAILWARD_URL'];
  return {
    name: 'mailward-api-door',
    apply: 'serve',
    config: () => ({
      server: {
        proxy: url
          ? {
              '/api': {
                target: url,
                secure: false,
                changeOrigin: true,
                configure: (proxy) =>
                  proxy.on('proxyReq', (request) => {
                    if (request.getHeader('origin')) request.setHeader('origin', url);
                  }),
              },
            }
          : {},
      },
    }),
  };
}
