import { Problem, sentence } from '~/api/problem';
import { Notice } from '~/parts/notice';
import { Failed } from '~/parts/states';
import { TrustField } from '~/trust/trust_field';

import classes from './connection.module.css';
import { AuthenticationField, FrontEndsField, Line, NumberField, ProductsField } from './fields';
import { FindEws } from './find_ews';
import { fieldLabels } from './form_model';
import { PasswordField } from './password_field';
import { ProxyFields } from './proxy_fields';
import type { Ask } from './sending';
import type { Editor } from './use_editor';
import type { Test } from './use_test';

/** The master mailbox as the directory shows it: from what is stored, or from the test that has just asked. */
function Resolved({ editor, test }: { editor: Editor; test: Test }) {
  const { base, values } = editor;
  const step = test.run?.steps.find((one) => one.name === 'account');
  const asked =
    step?.evidence?.['master_mailbox'] === values.master_mailbox
      ? (step?.evidence?.['upn'] ?? step?.evidence?.['account'])
      : '';
  const stored = base?.master_mailbox === values.master_mailbox ? base.account_resolved : '';
  const words = stored || (typeof asked === 'string' ? asked : '');
  if (words) {
    return (
      <p className={classes.resolved}>
        Resolves to <strong>{words}</strong>
      </p>
    );
  }
  if (!base || base.master_mailbox !== values.master_mailbox) return null;
  return <p className={classes.resolved}>Not resolved: the account has no directory that could be asked.</p>;
}

function Trouble({ error }: { error: unknown }) {
  if (!error) return null;
  if (!(error instanceof Problem)) return <Failed error={error} />;
  return (
    <Notice kind="bad" title={sentence(error.detail)}>
      {sentence(error.remedy)}
    </Notice>
  );
}

/** The fields, in the order that their users know. */
export function Form({ editor, test, ask, readOnly }: { editor: Editor; test: Test; ask: Ask; readOnly: boolean }) {
  const same = { editor, readOnly };
  return (
    <div className={classes.groups}>
      <Trouble error={editor.trouble} />
      <div className={classes.group}>
        <Line {...same} field="description" required placeholder="Head office" />
        <Line {...same} field="ews_url" required type="url" placeholder="https://mail.example.test/EWS/Exchange.asmx" />
        <FindEws {...same} ask={ask} />
        <div className={classes.withNote}>
          <Line
            {...same}
            field="master_mailbox"
            required
            description="The service account: UPN, DOMAIN\name or SMTP address."
          />
          <Resolved editor={editor} test={test} />
        </div>
        <PasswordField {...same} />
        <AuthenticationField {...same} />
        <TrustField
          label={fieldLabels.trust_pem}
          pem={editor.values.trust_pem}
          problem={editor.problems['trust_pem']}
          readOnly={readOnly}
          onChange={(pem) => editor.set('trust_pem', pem)}
        />
      </div>
      <div className={classes.group}>
        <Line
          {...same}
          field="mailbox_check"
          type="email"
          description="A mailbox that the test opens by impersonation, to see that it works."
        />
        <Line
          {...same}
          field="refused_mailbox"
          type="email"
          description="A mailbox outside the impersonation scope, which Exchange must refuse. If it opens, the scope is too wide."
        />
        <ProductsField {...same} />
        <FrontEndsField {...same} />
      </div>
      <div className={classes.group}>
        <NumberField {...same} field="concurrency" />
        <Line
          {...same}
          field="user_agent"
          placeholder="Mailward’s own"
          description="What Exchange’s application access policies see."
        />
        <NumberField {...same} field="heartbeat_seconds" />
      </div>
      <ProxyFields {...same} />
    </div>
  );
}
