'use strict';
// ews-javascript-api over the simulator's store: what its own examples do, each answer compared with what was written.
//
//   node whole_client_run.js URL basic|ntlm        with SIM_PASSWORD (EXAMPLE\svc-mailward's) in the environment
//
// Ends with the line "whole"; the first thing that does not hold ends it with exit code 1.
const assert = require('node:assert/strict');
const ews = require('ews-javascript-api');
const { XhrApi } = require('@ewsjs/xhr');

const [, , url, scheme] = process.argv;
const account = 'EXAMPLE\\svc-mailward';
const names = ews.WellKnownFolderName;

function serviceOf(mailbox) {
  const service = new ews.ExchangeService(ews.ExchangeVersion.Exchange2013_SP1);
  service.Url = new ews.Uri(url);
  service.Credentials = new ews.WebCredentials(account, process.env.SIM_PASSWORD);
  service.XHRApi =
    scheme === 'ntlm' ? new XhrApi({}).useNtlmAuthentication(account, process.env.SIM_PASSWORD) : new XhrApi({});
  service.ImpersonatedUserId = new ews.ImpersonatedUserId(ews.ConnectingIdType.SmtpAddress, mailbox);
  service.HttpHeaders.Add('X-AnchorMailbox', mailbox);
  return service;
}

/** It writes values into its XML as they are. */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

async function until(what, condition) {
  for (const end = Date.now() + 20000; Date.now() < end; ) {
    const value = await condition();
    if (value) return value;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`waited in vain for ${what}`);
}

async function refused(code, call) {
  try {
    await call();
  } catch (error) {
    assert.equal(error.ErrorCode, ews.ServiceError[code], `${error.ErrorCode} ${error.Message}`);
    return;
  }
  assert.fail(`expected ${code}`);
}

async function reads(service) {
  const inbox = await ews.Folder.Bind(service, new ews.FolderId(names.Inbox));
  assert.equal(inbox.DisplayName, 'Inbox');
  assert.equal(inbox.TotalCount, 12);
  const folders = await service.FindFolders(names.Inbox, new ews.FolderView(10));
  assert.deepEqual(folders.Folders.map((each) => each.DisplayName).sort(), ['Projects', 'Suppliers']);
  const view = new ews.ItemView(5);
  view.OrderBy.Add(ews.ItemSchema.DateTimeReceived, ews.SortDirection.Ascending);
  const page = await service.FindItems(names.Inbox, view);
  assert.equal(page.TotalCount, 12);
  assert.equal(page.Items.length, 5);
  assert.ok(page.MoreAvailable);
  assert.equal(page.Items[0].Subject, "Minutes of Monday's meeting");
  const wanted = new ews.SearchFilter.ContainsSubstring(ews.ItemSchema.Subject, 'Invoice');
  const invoices = await service.FindItems(names.Inbox, wanted, new ews.ItemView(20));
  assert.ok(invoices.TotalCount > 0 && invoices.Items.every((each) => each.Subject.includes('Invoice')));
  const message = await ews.EmailMessage.Bind(
    service,
    page.Items[0].Id,
    new ews.PropertySet(ews.BasePropertySet.FirstClassProperties, [ews.ItemSchema.MimeContent]),
  );
  assert.equal(message.From.Address, 'facilities@example.test');
  assert.match(Buffer.from(message.MimeContent.Content, 'base64').toString(), /^Date: /);
  await refused('ErrorItemNotFound', () =>
    ews.Folder.Bind(service, new ews.FolderId(folders.Folders[0].Id.UniqueId.replace(/.{8}$/, 'AAAAAAAA'))),
  );
}

async function writes(service) {
  const folder = new ews.Folder(service);
  folder.DisplayName = 'Ordner “Ü” 日本 😀/x';
  await folder.Save(names.Inbox);
  folder.DisplayName = 'Renamed 😀';
  await folder.Update();
  assert.equal((await ews.Folder.Bind(service, folder.Id)).DisplayName, 'Renamed 😀');

  const draft = new ews.EmailMessage(service);
  draft.Subject = 'Entwurf für später';
  draft.Body = new ews.MessageBody(ews.BodyType.HTML, escaped('<p>Grüße &amp; <b>more</b></p>'));
  draft.ToRecipients.Add('userb@example.test');
  draft.Categories.Add('Blue');
  const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
  draft.Attachments.AddFileAttachment('data.bin', bytes.toString('base64'));
  await draft.Save(folder.Id);
  const again = await ews.EmailMessage.Bind(service, draft.Id);
  assert.equal(again.Subject, 'Entwurf für später');
  assert.ok(again.IsDraft && again.HasAttachments);
  assert.match(again.Body.Text, /<p>Grüße &amp; <b>more<\/b><\/p>/);
  assert.deepEqual([...again.Categories.GetEnumerator()], ['Blue']);
  const attachment = again.Attachments.Items[0];
  await attachment.Load();
  assert.equal(attachment.Base64Content, bytes.toString('base64'));

  again.Subject = 'Changed';
  again.Importance = ews.Importance.High;
  await again.Update(ews.ConflictResolutionMode.AlwaysOverwrite);
  const changed = await ews.EmailMessage.Bind(service, draft.Id);
  assert.equal(changed.Subject, 'Changed');
  assert.equal(changed.Importance, ews.Importance.High);
  const copied = await changed.Copy(names.Drafts);
  assert.equal((await ews.Item.Bind(service, copied.Id)).Subject, 'Changed');
  const moved = await changed.Move(names.Drafts);
  assert.notEqual(moved.Id.UniqueId, changed.Id.UniqueId);
  await refused('ErrorItemNotFound', () => ews.Item.Bind(service, changed.Id));
  await copied.Delete(ews.DeleteMode.MoveToDeletedItems);
  await moved.Delete(ews.DeleteMode.HardDelete);
  await folder.Delete(ews.DeleteMode.HardDelete);
}

async function kinds(service) {
  const appointment = new ews.Appointment(service);
  appointment.Subject = 'Budget';
  appointment.Start = new ews.DateTime('2026-12-01T10:00:00Z');
  appointment.End = new ews.DateTime('2026-12-01T11:00:00Z');
  appointment.Location = 'Room 1';
  await appointment.Save(ews.SendInvitationsMode.SendToNone);
  const week = new ews.CalendarView(new ews.DateTime('2026-11-30T00:00:00Z'), new ews.DateTime('2026-12-06T00:00:00Z'));
  const shown = await service.FindAppointments(names.Calendar, week);
  assert.deepEqual(shown.Items.map((each) => each.Subject), ['Budget']);

  const contact = new ews.Contact(service);
  contact.GivenName = 'Ada';
  contact.Surname = 'Muster';
  contact.FileAsMapping = ews.FileAsMapping.SurnameCommaGivenName;
  contact.EmailAddresses._setItem(ews.EmailAddressKey.EmailAddress1, new ews.EmailAddress('ada@example.test'));
  await contact.Save();
  const kept = await ews.Contact.Bind(service, contact.Id);
  assert.equal(kept.Surname, 'Muster');
  assert.equal(kept.EmailAddresses._getItem(ews.EmailAddressKey.EmailAddress1).Address, 'ada@example.test');

  const task = new ews.Task(service);
  task.Subject = 'Count the boxes';
  await task.Save();
  task.PercentComplete = 50;
  await task.Update(ews.ConflictResolutionMode.AutoResolve);
  assert.equal((await ews.Task.Bind(service, task.Id)).PercentComplete, 50);

  const found = await service.ResolveName('userb');
  assert.equal(found._getItem(0).Mailbox.Address, 'userb@example.test');
}

async function settings(service) {
  const oof = await service.GetUserOofSettings('usera@example.test');
  assert.equal(oof.State, ews.OofState.Disabled);
  oof.State = ews.OofState.Enabled;
  oof.InternalReply = new ews.OofReply('Back on Monday');
  oof.ExternalReply = new ews.OofReply('Away');
  oof.ExternalAudience = ews.OofExternalAudience.All;
  await service.SetUserOofSettings('usera@example.test', oof);
  const away = await service.GetUserOofSettings('usera@example.test');
  assert.equal(away.State, ews.OofState.Enabled);
  assert.match(away.InternalReply.Message, /Back on Monday/);
  away.State = ews.OofState.Disabled;
  await service.SetUserOofSettings('usera@example.test', away);

  assert.equal((await service.GetInboxRules()).Count, 0);
  const rule = new ews.Rule();
  rule.DisplayName = 'Invoices';
  rule.Priority = 1;
  rule.IsEnabled = true;
  rule.Conditions.ContainsSubjectStrings.Add('invoice');
  rule.Actions.MarkAsRead = true;
  rule.Actions.MoveToFolder = new ews.FolderId(names.JunkEmail);
  await service.UpdateInboxRules([new ews.CreateRuleOperation(rule)], true);
  const rules = await service.GetInboxRules();
  assert.equal(rules.Count, 1);
  const kept = rules._getItem(0);
  assert.equal(kept.DisplayName, 'Invoices');
  assert.equal(kept.Conditions.ContainsSubjectStrings._getItem(0), 'invoice');
  assert.equal(kept.Actions.MarkAsRead, true);
  kept.IsEnabled = false;
  await service.UpdateInboxRules([new ews.SetRuleOperation(kept)], true);
  assert.equal((await service.GetInboxRules())._getItem(0).IsEnabled, false);
  await service.UpdateInboxRules([new ews.DeleteRuleOperation(kept.Id)], true);
  assert.equal((await service.GetInboxRules()).Count, 0);
  const expires = await service.GetPasswordExpirationDate('usera@example.test');
  assert.ok(expires);
  const zones = await service.GetServerTimeZones();
  assert.ok(zones.length > 5);
  const busy = await service.GetUserAvailability(
    [new ews.AttendeeInfo('usera@example.test')],
    new ews.TimeWindow(new ews.DateTime('2026-12-01T00:00:00Z'), new ews.DateTime('2026-12-03T00:00:00Z')),
    ews.AvailabilityData.FreeBusy,
  );
  const events = busy.AttendeesAvailability.Responses[0].CalendarEvents;
  assert.equal(events.length, 1, 'the appointment that kinds() made');
}

async function changesAndNotices(service, other) {
  const first = await service.SyncFolderItems(new ews.FolderId(names.Inbox), ews.PropertySet.IdOnly, null, 512, 0, null);
  assert.equal(first.Count, 12);
  const tree = await service.SyncFolderHierarchy(ews.PropertySet.FirstClassProperties, '');
  assert.ok(tree.Count > 10);
  const pull = await service.SubscribeToPullNotifications([new ews.FolderId(names.Inbox)], 10, null, ews.EventType.NewMail);
  const streamed = await service.SubscribeToStreamingNotifications(
    [new ews.FolderId(names.Inbox)],
    ews.EventType.NewMail,
    ews.EventType.Created,
  );
  const connection = new ews.StreamingSubscriptionConnection(service, 1);
  connection.AddSubscription(streamed);
  const heard = [];
  connection.OnNotificationEvent.push((_, args) => heard.push(...args.Events));
  connection.OnSubscriptionError.push((_, args) => heard.push(args));
  connection.Open();
  // Of several envelopes that come in one piece it reads the first, and the others when more comes.
  await until('the stream', () => connection.IsOpen);

  const message = new ews.EmailMessage(other);
  message.Subject = 'From B to A';
  message.Body = new ews.TextBody('hello');
  message.ToRecipients.Add('usera@example.test');
  await message.SendAndSaveCopy();
  const filter = new ews.SearchFilter.IsEqualTo(ews.ItemSchema.Subject, 'From B to A');
  await until('the message', async () => (await service.FindItems(names.Inbox, filter, new ews.ItemView(1))).TotalCount === 1);
  const sent = await other.FindItems(names.SentItems, filter, new ews.ItemView(1));
  assert.equal(sent.TotalCount, 1);
  const since = await service.SyncFolderItems(new ews.FolderId(names.Inbox), ews.PropertySet.IdOnly, null, 512, 0, first.SyncState);
  assert.equal(since.Count, 1);
  await until('a streamed event', () => heard.length > 0);
  connection.Close();
  assert.ok(heard.every((each) => each.EventType !== undefined), String(heard[0]));
  const told = await pull.GetEvents();
  assert.equal([...told.ItemEvents].length, 1);
  await pull.Unsubscribe();
}

async function main() {
  const service = serviceOf('usera@example.test');
  await reads(service);
  if (scheme === 'basic') {
    await writes(service);
    await kinds(service);
    await settings(service);
    await changesAndNotices(service, serviceOf('userb@example.test'));
  }
  console.log('whole');
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error.stack || error, error.Message || '');
    process.exit(1);
  },
);
