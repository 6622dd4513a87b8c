import { ActionIcon, Drawer } from '@mantine/core';
import { Suspense, useEffect, useState } from 'react';
import { Link, Outlet, useLocation } from 'react-router-dom';

import { useConnectionStream } from '~/connections/queries';
import { Banner } from '~/live/banner';
import { MenuIcon } from '~/parts/icons';
import { Mark } from '~/parts/mark';
import { PageLoading } from '~/parts/states';
import { GateDialog } from '~/session/gate_dialog';

import { Navigation } from './navigation';
import classes from './shell.module.css';
import { UserMenu } from './user_menu';

function Brand() {
  return (
    <Link to="/" className={classes.brand ?? ''}>
      <Mark size={26} />
      Mailward
    </Link>
  );
}

/** The frame of every page behind the sign-in. */
export function Shell() {
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  useConnectionStream();
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [pathname]);

  return (
    <div className={classes.frame}>
      <a href="#content" className={classes.skip}>
        Skip to the content
      </a>
      <aside className={classes.rail} aria-label="Mailward">
        <Brand />
        <Navigation />
        <UserMenu />
      </aside>
      <header className={classes.bar}>
        <ActionIcon aria-label="Menu" onClick={() => setOpen(true)} size={40}>
          <MenuIcon size={20} />
        </ActionIcon>
        <Brand />
      </header>
      <Drawer
        opened={open}
        onClose={() => setOpen(false)}
        size={272}
        title={
          <span className={classes.drawerTitle}>
            <Mark size={26} />
            Mailward
          </span>
        }
        lockScroll={false}
        classNames={{
          content: classes.drawer ?? '',
          body: classes.drawerBody ?? '',
          header: classes.drawerHeader ?? '',
        }}
      >
        <Navigation onGo={() => setOpen(false)} />
        <UserMenu />
      </Drawer>
      <main id="content" tabIndex={-1} className={classes.content}>
        <Banner />
        <Suspense fallback={<PageLoading />}>
          <Outlet />
        </Suspense>
      </main>
      <GateDialog />
    </div>
  );
}
