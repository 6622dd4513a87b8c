import { MantineProvider } from '@mantine/core';
import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense } from 'react';
import { createBrowserRouter, Outlet, RouterProvider } from 'react-router-dom';

import { Banner } from '~/live/banner';
import { arrived } from '~/live/lost_part';
import { lookKeeper } from '~/look/look';
import { theme } from '~/look/theme';
import { Failed } from '~/parts/states';
import { Told } from '~/parts/tell';
import { queries, sessionQuery } from '~/session/session';
import { SignIn } from '~/session/sign_in';

import { NotThere, Unexpected } from './unexpected';

/** Each page is a file of its own, loaded when it is gone to. */
function page<Name extends string>(load: () => Promise<Record<Name, () => ReactNode>>, name: Name) {
  const Page = lazy(async () => {
    const view: () => ReactNode = (await arrived(load()))[name];
    return { default: view };
  });
  return <Page />;
}

const MustChoose = lazy(async () => ({ default: (await arrived(import('~/session/must_choose'))).MustChoose }));
const MustEnrol = lazy(async () => ({ default: (await arrived(import('~/session/must_enrol'))).MustEnrol }));
// On its way while the session is asked for: nearly everybody who comes needs it next.
const shell = import('~/shell/shell');
shell.catch(() => undefined);
const Shell = lazy(async () => ({ default: (await arrived(shell)).Shell }));

/** What stands behind the sign-in. */
function Inside() {
  const { data: session, error, refetch } = useQuery(sessionQuery);
  if (session?.must.includes('choose_password')) {
    return (
      <Suspense>
        <MustChoose />
      </Suspense>
    );
  }
  if (session?.must.includes('enrol_totp')) {
    return (
      <Suspense>
        <MustEnrol />
      </Suspense>
    );
  }
  if (session) {
    return (
      <Suspense>
        <Shell />
      </Suspense>
    );
  }
  if (session === null) return <SignIn />;
  if (!error) return null;
  return (
    <>
      <Banner />
      <Failed error={error} retry={refetch} />
    </>
  );
}

const router = createBrowserRouter(
  [
    {
      element: <Outlet />,
      errorElement: <Unexpected />,
      children: [
        { path: '/welcome', element: <Suspense>{page(() => import('~/pages/welcome/welcome'), 'Welcome')}</Suspense> },
        {
          element: <Inside />,
          children: [
            { path: '/', element: page(() => import('~/pages/dashboard/dashboard'), 'Dashboard') },
            { path: '/connections', element: page(() => import('~/pages/connections/connections'), 'Connections') },
            { path: '/connections/new', element: page(() => import('~/pages/connection/connection'), 'NewConnection') },
            {
              path: '/connections/:id',
              element: page(() => import('~/pages/connection/connection'), 'EditConnection'),
            },
            { path: '/accounts', element: page(() => import('~/pages/accounts/accounts'), 'Accounts') },
            { path: '/accounts/:id', element: page(() => import('~/pages/accounts/account'), 'Account') },
            { path: '/rotations', element: page(() => import('~/pages/rotations/rotations'), 'Rotations') },
            { path: '/rotations/:id', element: page(() => import('~/pages/rotations/rotation'), 'Rotation') },
            { path: '/schedule', element: page(() => import('~/pages/schedule/schedule'), 'Schedule') },
            { path: '/measures', element: page(() => import('~/pages/measures/measures'), 'Measures') },
            { path: '/directories', element: page(() => import('~/pages/directories/directories'), 'Directories') },
            { path: '/directories/new', element: page(() => import('~/pages/directories/directory'), 'NewDirectory') },
            { path: '/directories/:id', element: page(() => import('~/pages/directories/directory'), 'EditDirectory') },
            { path: '/notices', element: page(() => import('~/pages/notices/notices'), 'Notices') },
            { path: '/notices/channels/new', element: page(() => import('~/pages/notices/channel'), 'NewChannel') },
            { path: '/notices/channels/:id', element: page(() => import('~/pages/notices/channel'), 'EditChannel') },
            { path: '/secrets', element: page(() => import('~/pages/secrets/secrets'), 'Secrets') },
            { path: '/renewals', element: page(() => import('~/pages/renewals/renewals'), 'Renewals') },
            { path: '/renewals/:id', element: page(() => import('~/pages/renewals/renewal'), 'Renewal') },
            { path: '/audit', element: page(() => import('~/pages/audit/audit'), 'Audit') },
            { path: '/settings/users', element: page(() => import('~/pages/users/users'), 'Users') },
            { path: '/settings/roles', element: page(() => import('~/pages/roles/roles'), 'Roles') },
            { path: '/settings/tokens', element: page(() => import('~/pages/tokens/tokens'), 'Tokens') },
            { path: '/profile', element: page(() => import('~/pages/profile/profile'), 'Profile') },
            { path: '*', element: <NotThere /> },
          ],
        },
      ],
    },
  ],
  {
    future: {
      v7_relativeSplatPath: true,
      v7_fetcherPersist: true,
      v7_normalizeFormMethod: true,
      v7_partialHydration: true,
      v7_skipActionErrorRevalidation: true,
    },
  },
);

const keeper = lookKeeper();

export function App() {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={keeper}
      // Both would be style elements, which the page's policy forbids; tokens.css says the same.
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} future={{ v7_startTransition: true }} />
        <Told />
      </QueryClientProvider>
    </MantineProvider>
  );
}
