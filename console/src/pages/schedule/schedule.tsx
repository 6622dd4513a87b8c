import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router-dom';

import { CalendarIcon } from '~/parts/icons';
import { Page } from '~/parts/page';
import { Empty, Failed, RowsLoading } from '~/parts/states';

import { kMost, type Schedule as Planned, scheduleQuery } from './queries';
import classes from './schedule.module.css';
import { ScheduleList } from './schedule_list';
import { UnplannedList } from './unplanned_list';
import { summaryOf, unplannedOf } from './words';

function Nothing({ hasAccounts }: { hasAccounts: boolean }) {
  const accounts = (
    <Button variant="default" component={Link} to={hasAccounts ? '/accounts' : '/connections'}>
      {hasAccounts ? 'To the service accounts' : 'To the connections'}
    </Button>
  );
  return (
    <Empty picture={<CalendarIcon size={26} />} title="Nothing is planned for the next 90 days" action={accounts}>
      {hasAccounts
        ? 'Give an account a schedule: on its page, under “How it is renewed”, say every how many days, and when in the week that may be. Mailward does the rest.'
        : 'There is no service account yet: one is created with the first connection that names it as its master mailbox.'}
    </Empty>
  );
}

function Content({ schedule }: { schedule: Planned }) {
  const { rotations, plans } = schedule;
  return (
    <>
      {rotations.length > 0 ? (
        <>
          <p className={classes.summary}>
            {summaryOf(rotations)} {rotations.length >= kMost && `Only the first ${kMost} are shown.`}
          </p>
          <ScheduleList rotations={rotations} plans={plans} />
        </>
      ) : (
        <Nothing hasAccounts={plans.length > 0} />
      )}
      <UnplannedList unplanned={unplannedOf(plans, rotations)} />
    </>
  );
}

/** What will be renewed when, over all accounts: a dry run of the schedules. */
export function Schedule() {
  const { data, error, refetch } = useQuery(scheduleQuery);
  return (
    <Page
      title="Schedule"
      lead="What will be renewed in the next 90 days, as things stand and if all goes well. Each is begun when the account’s window is open; never two of one directory at once. Times are told in your time zone; windows go by the server’s."
    >
      {data ? <Content schedule={data} /> : error ? <Failed error={error} retry={refetch} /> : <RowsLoading />}
    </Page>
  );
}
