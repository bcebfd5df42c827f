import type { Kysely } from 'kysely';

/** Erasures under way, what devices are still to be told of them, legal holds, and which backups there are until when. */
export async function erasures({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('erasures')
    .addColumn('id', 'text', (c) => c.primaryKey().notNull())
    .addColumn('asked_at', 'bigint', (c) => c.notNull())
    .addColumn('due_at', 'bigint')
    .addColumn('account', 'text')
    .addColumn('concerns', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .execute();
  await schema.createIndex('erasures_due').on('erasures').column('due_at').execute();
  await schema.createIndex('erasures_of_account').on('erasures').column('account').execute();
  await schema
    .createTable('erasure_subjects')
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('erasure_id', 'text', (c) => c.notNull().references('erasures.id'))
    .addPrimaryKeyConstraint('subject_once', ['subject', 'erasure_id'])
    .execute();
  await schema
    .createTable('erasure_holds')
    .addColumn('subject', 'text', (c) => c.primaryKey().notNull())
    .addColumn('law', 'text', (c) => c.notNull())
    .addColumn('until', 'bigint', (c) => c.notNull())
    .addColumn('held_by', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('party_answers')
    .addColumn('erasure_id', 'text', (c) => c.notNull().references('erasures.id'))
    .addColumn('party', 'text', (c) => c.notNull())
    .addColumn('answer', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('one_answer', ['erasure_id', 'party'])
    .execute();
  await schema
    .createTable('privacy_news')
    .addColumn('device_id', 'text', (c) => c.notNull())
    .addColumn('n', 'bigint', (c) => c.notNull())
    .addColumn('about', 'text', (c) => c.notNull())
    .addColumn('news', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('news_once', ['device_id', 'n'])
    .execute();
  await schema
    .createTable('privacy_news_told')
    .addColumn('device_id', 'text', (c) => c.primaryKey().notNull())
    .addColumn('n', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('backups')
    .addColumn('id', 'text', (c) => c.primaryKey().notNull())
    .addColumn('file', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addColumn('made_at', 'bigint', (c) => c.notNull())
    .addColumn('until', 'bigint', (c) => c.notNull())
    .addColumn('removing', 'integer', (c) => c.notNull())
    .addColumn('removed_at', 'bigint')
    .execute();
}
