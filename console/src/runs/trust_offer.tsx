import { Button } from '@mantine/core';
import { useState } from 'react';

import type { TrustOffer } from '~/api/types';
import { SealIcon } from '~/parts/icons';

import { fingerprintGroups } from './fingerprint';
import classes from './runs.module.css';

/** The way to trust the issuer that was met: by its fingerprint, never by looking away. */
export function TrustOfferBox({ offer, onTrust }: { offer: TrustOffer; onTrust: (offer: TrustOffer) => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <div className={classes.offer}>
      <div className={classes.offerHead}>
        <SealIcon size={18} />
        <span>
          The server’s certificate comes from <strong>{offer.subject}</strong>.
        </span>
      </div>
      <code className={classes.fingerprint} aria-label="SHA-256 fingerprint">
        {fingerprintGroups(offer.fingerprint_sha256)}
      </code>
      {asked ? (
        <>
          <p>
            Compare this fingerprint with the one that your certification authority shows, not with what a browser shows
            for this server. If they are equal, the connection will trust this issuer for its own server and nothing
            else.
          </p>
          <div className={classes.offerButtons}>
            <Button size="xs" onClick={() => onTrust(offer)}>
              They are equal: trust this issuer
            </Button>
            <Button size="xs" variant="default" onClick={() => setAsked(false)}>
              Not now
            </Button>
          </div>
        </>
      ) : (
        <Button size="xs" variant="default" onClick={() => setAsked(true)}>
          Trust this issuer
        </Button>
      )}
    </div>
  );
}
