import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { NoticeDelivery, PostedNotice } from '~/api/types';
import { ChevronIcon } from '~/parts/icons';
import list from '~/parts/list.module.css';
import { Empty, Failed, RowsLoading } from '~/parts/states';
import { Tag } from '~/parts/tag';
import { Ago, Exact } from '~/parts/time';

import classes from './notices.module.css';
import { Part } from './part';
import { recentQuery } from './queries';
import { deliveryStates, kindWord, severityWords, titleOf } from './words';

/** What stands worst among its ways. */
function Became({ deliveries }: { deliveries: NoticeDelivery[] }) {
  if (deliveries.length === 0) return <span className={list.faint}>nobody subscribed</span>;
  const order: NoticeDelivery['state'][] = ['given_up', 'refused', 'waiting', 'joined', 'sent', 'dropped'];
  const worst = order.find((state) => deliveries.some((one) => one.state === state)) ?? 'sent';
  const { word, tone } = deliveryStates[worst];
  return <Tag tone={tone}>{word}</Tag>;
}

function Way({ delivery }: { delivery: NoticeDelivery }) {
  const { word, tone } = deliveryStates[delivery.state];
  return (
    <li>
      <Tag tone={tone}>{word}</Tag>
      <div>
        <bdi>{delivery.channel}</bdi>
        {delivery.to && (
          <>
            {' to '}
            <bdi>{delivery.to}</bdi>
          </>
        )}
        <div className={classes.seen}>
          {delivery.said}
          {delivery.due && (
            <>
              {' '}
              Next try <Ago at={delivery.due} />.
            </>
          )}
        </div>
      </div>
    </li>
  );
}

function NoticeRow({ notice }: { notice: PostedNotice }) {
  const [opened, setOpened] = useState(false);
  const severity = severityWords[notice.severity];
  return (
    <li>
      <div className={list.row}>
        <div className={list.main}>
          <button type="button" className={list.name} aria-expanded={opened} onClick={() => setOpened(!opened)}>
            {titleOf(notice)}
          </button>
          <div className={list.faint}>
            {kindWord(notice.kind)} · <Ago at={notice.last_posted} />
          </div>
        </div>
        <div>
          <Tag tone={severity.tone}>{severity.word}</Tag>
        </div>
        <div>
          <Became deliveries={notice.deliveries} />
        </div>
        <ChevronIcon size={16} className={`${list.go} ${opened ? classes.turned : ''}`} />
      </div>
      {opened && (
        <div className={classes.whole}>
          <p className={classes.text}>{notice.text}</p>
          <p className={list.faint}>
            Posted <Exact at={notice.posted} />
            {notice.times > 1 && (
              <>
                , {notice.times} times, last <Exact at={notice.last_posted} />
              </>
            )}
          </p>
          {notice.deliveries.length > 0 && (
            <ul className={classes.stages}>
              {notice.deliveries.map((one, at) => (
                <Way key={at} delivery={one} />
              ))}
            </ul>
          )}
        </div>
      )}
    </li>
  );
}

export function Recent() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(recentQuery);
  const notices = data?.pages.flat();
  return (
    <Part title="Recent notices" lead="What was posted in the last 90 days, and what became of it.">
      {notices ? (
        notices.length > 0 ? (
          <ul className={`${list.list} ${classes.notices}`}>
            {notices.map((one) => (
              <NoticeRow key={one.id} notice={one} />
            ))}
          </ul>
        ) : (
          <Empty title="Nothing to tell yet">
            Whatever Mailward has to say stands here, also where nobody subscribed to it.
          </Empty>
        )
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
      {hasNextPage && (
        <Button
          variant="default"
          mt={14}
          loading={isFetchingNextPage}
          onClick={() => {
            void fetchNextPage();
          }}
        >
          Show older
        </Button>
      )}
    </Part>
  );
}
