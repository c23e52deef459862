/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's workers, with the desired state of an ini. */
#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>

#include "authfile-fixture.h"
#include "base/environment.h"
#include "base/file.h"
#include "config/config-errors.h"
#include "config/config-parse.h"
#include "write/run-log.h"
#include "write/run-record.h"
#include "write/workers/worker-memory.h"
#include "write/workers/workers.h"

#define NOW INT64_C(1795261200)
#define OTHER "210987654321.dkr.ecr.eu-central-1.amazonaws.com"
#define TIMEOUT_USEC 20000000

/* One run of the writer, without the state directories. */
struct run {
	struct config config;
	struct tokens tokens;
	struct written record;
	struct desired desired;
	struct worker_reports reports;
};

static void run_done(struct run *r)
{
	worker_reports_done(&r->reports);
	desired_done(&r->desired);
	written_done(&r->record);
	tokens_done(&r->tokens);
	config_done(&r->config);
}

static const char *me; /* the user who runs this test */

#define TEAM 12345 /* a group */

/* Shared with the workers. */
static struct {
	unsigned group_lookups; /* by workers, of their users' groups */
	bool groups_fail;
	bool lock_is_held;
} * shared;

int __wrap_initgroups(const char *user, gid_t group);
ssize_t __real_readlinkat(int fd, const char *name, char *to, size_t size);
ssize_t __wrap_readlinkat(int fd, const char *name, char *to, size_t size);

/* Every user is in the team. */
int __wrap_initgroups(const char *user, gid_t group)
{
	(void)user;
	shared->group_lookups++;
	errno = EPERM;
	return shared->groups_fail ? -1 : setgroups(2, (gid_t[]){group, TEAM});
}

static bool is_open(const char *path)
{
	struct stat wanted, st;
	bool found = false;

	CHECK_INT(stat(path, &wanted), 0);
	for (int fd = 3; fd < 64; fd++)
		found |= fstat(fd, &st) == 0 && st.st_dev == wanted.st_dev &&
		         st.st_ino == wanted.st_ino;
	return found;
}

/* Fails for some names: hangs like a dead file system, dies, or looks for the lock. */
ssize_t __wrap_readlinkat(int fd, const char *name, char *to, size_t size)
{
	if (strcmp(name, "hangs.json") == 0)
		pause();
	if (strcmp(name, "dies.json") == 0)
		raise(SIGKILL);
	if (strcmp(name, "finds-lock.json") == 0)
		shared->lock_is_held = is_open("/proc");
	return __real_readlinkat(fd, name, to, size);
}

static void load(struct run *r, const char *ini, const char *files)
{
	static const char tokens[] =
	        "{\"version\":1,\"tokens\":[{\"identity\":\"\",\"service\":\"ecr\","
	        "\"partition\":\"aws\",\"region\":\"eu-central-1\",\"authorization\":\"" AUTH "\","
	        "\"fetched_at\":\"2026-11-21T11:00:00Z\",\"expires_at\":\"2026-11-21T23:00:00Z\"}]"
	        "}";
	_cleanup_(config_errors_done) struct config_errors errors = {};
	_cleanup_(freep) char *record = xasprintf("{\"version\":1,\"files\":[%s]}", files);

	if (!CHECK_INT(config_parse(ini, strlen(ini), "x", NULL, &r->config, &errors), 0))
		printf("# %s\n", errors.messages[0]);
	CHECK_INT(tokens_parse(tokens, strlen(tokens), &r->tokens, NULL), 0);
	CHECK_INT(written_parse(record, strlen(record), &r->record, NULL), 0);
	desired_make(&r->config, &r->tokens, &r->record, NOW, NULL, 0, &r->desired);
}

static void run_workers(struct run *r, struct workers_options *options)
{
	options->desired = &r->desired;
	options->tokens = &r->tokens;
	options->userdata = r;
	CHECK_INT(workers_run(options, &r->reports, NULL), 0);
}

/* files: those of written.json. */
static void run(struct run *r, const char *ini, const char *files, bool dry_run,
        void (*after_first_pass)(void *userdata, const struct worker_reports *reports))
{
	load(r, ini, files);
	run_workers(r, &(struct workers_options){.dry_run = dry_run,
	                       .timeout_usec = TIMEOUT_USEC,
	                       .after_first_pass = after_first_pass});
	CHECK_INT(r->reports.n_users, r->desired.n_users);
}

/* Returns the ini of the only user: one registry, and these files in the fixture's directory. */
static char *ini_for(const char *file, const char *second)
{
	return xasprintf("[user %s]\nregistries = " REGISTRY "\nfiles = %s/%s %s%s%s\n", me,
	        fixture_dir, file, second ? fixture_dir : "", second ? "/" : "",
	        second ? second : "");
}

static void test_written(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;
	const struct worker_file_report *f;

	fixture_begin("every file is written and reported");
	ini = ini_for("a/config.json", "b.json");
	put_text(in_dir("b.json"), "{\"credsStore\":\"pass\"}", 0600);
	run(&r, ini, "", false, NULL);
	CHECK_AUTH(in_dir("a/config.json"), REGISTRY, AUTH);
	CHECK_AUTH(in_dir("b.json"), REGISTRY, AUTH);
	CHECK(r.reports.users[0].is_done && r.reports.users[0].error == 0);
	for (size_t i = 0; i < 2; i++) {
		f = &r.reports.users[0].files[i];
		CHECK(f->is_done && f->error == 0 && f->written);
		CHECK(r.reports.users[0].present[i][0] && !r.reports.users[0].removed[i][0]);
	}
	f = &r.reports.users[0].files[1];
	CHECK_STRING(f->path, in_dir("b.json"));
	CHECK_INT(f->n_findings, 1);
	CHECK_STRING(f->findings[0].detail, "pass");
	fixture_end();
}

static void test_one_fails(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;
	const struct worker_file_report *f;

	fixture_begin("a file that fails does not prevent the next");
	ini = ini_for("a.json", "b.json");
	put_text(in_dir("a.json"), "[]", 0600);
	run(&r, ini, "", false, NULL);
	f = r.reports.users[0].files;
	CHECK_INT(f[0].error, -EBADMSG);
	CHECK_STRING(f[0].reason.code, "not-object");
	CHECK(!r.reports.users[0].present[0][0]);
	CHECK_TEXT(in_dir("a.json"), "[]");
	CHECK_INT(f[1].error, 0);
	CHECK_AUTH(in_dir("b.json"), REGISTRY, AUTH);
	fixture_end();
}

static void test_unknown_user(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *own = NULL, *ini = NULL;

	fixture_begin("a user who does not exist does not prevent the next");
	own = ini_for("a.json", NULL);
	ini = xasprintf("[user no-such-user-here]\nregistries = " REGISTRY "\n%s", own);
	run(&r, ini, "", false, NULL);
	CHECK_INT(r.reports.users[0].error, -ENOENT);
	CHECK_STRING(r.reports.users[0].reason.code, "no-such-user");
	CHECK_INT(r.reports.users[1].error, 0);
	CHECK_AUTH(in_dir("a.json"), REGISTRY, AUTH);
	fixture_end();
}

static unsigned calls_between; /* the passes */

static void check_and_remove(void *userdata, const struct worker_reports *reports)
{
	CHECK(userdata && reports->users[0].files[0].written);
	CHECK_AUTH(in_dir("a.json"), REGISTRY, AUTH);
	CHECK_INT(unlink(in_dir("a.json")), 0);
	calls_between++;
}

static void save_over(void *userdata, const struct worker_reports *reports)
{
	(void)userdata;
	(void)reports;
	save_text(in_dir("a.json"), FOREIGN);
	calls_between++;
}

static void test_second_pass(void)
{
	_cleanup_(run_done) struct run removed = {}, saved = {};
	_cleanup_(freep) char *ini = NULL;

	fixture_begin("a file that is removed or overwritten during the run is written again");
	ini = ini_for("a.json", NULL);
	calls_between = 0;
	run(&removed, ini, "", false, check_and_remove);
	CHECK_INT(calls_between, 1);
	CHECK_AUTH(in_dir("a.json"), REGISTRY, AUTH);
	run(&saved, ini, "", false, save_over);
	CHECK_INT(calls_between, 2);
	CHECK_AUTH(in_dir("a.json"), REGISTRY, AUTH);
	CHECK_AUTH(in_dir("a.json"), "example.com", "Zm9v");
	fixture_end();
}

static void spoil(void *userdata, const struct worker_reports *reports)
{
	(void)userdata;
	CHECK(!reports->users[0].files[0].rechecked);
	put_text(in_dir("a.json"), "[]", 0600);
	CHECK_INT(unlink(in_dir("b.json")), 0);
}

/* The log and the record after the second pass. */
static void test_second_pass_is_reported(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(written_done) struct written after = {};
	_cleanup_(freep) char *ini = NULL;
	struct run_result result = {
	        .desired = &r.desired, .reports = &r.reports, .old = &r.record, .now = NOW};
	const struct worker_file_report *f;
	bool is_new = false;

	fixture_begin("what the second pass did is reported");
	ini = ini_for("a.json", "b.json");
	run(&r, ini, "", false, spoil);
	f = r.reports.users[0].files;
	CHECK(f[0].rechecked && f[0].error == -EBADMSG && !f[0].rewritten);
	CHECK(f[1].rechecked && f[1].error == 0 && f[1].rewritten && f[1].is_done);
	CHECK_INT(run_log_second_pass(&result, &is_new), 1);
	CHECK(is_new);
	run_record(&result, &after);
	CHECK_STRING(written_find(&after, me, in_dir("a.json"))->failure.code, "not-object");
	CHECK_INT(written_find(&after, me, in_dir("a.json"))->n_entries, 1);
	CHECK_STRING(written_find(&after, me, in_dir("b.json"))->failure.code, "");
	CHECK_INT(written_find(&after, me, in_dir("b.json"))->n_entries, 1);
	fixture_end();
}

static void test_nothing_changed_again(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;
	struct run_result result = {
	        .desired = &r.desired, .reports = &r.reports, .old = &r.record, .now = NOW};
	bool is_new = true;

	fixture_begin("a second pass without changes is not reported");
	ini = ini_for("a.json", NULL);
	run(&r, ini, "", false, NULL);
	CHECK_INT(run_log_second_pass(&result, &is_new), 0);
	CHECK(!is_new);
	fixture_end();
}

static void test_dry_run(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;

	fixture_begin("a dry run reports, and writes nothing");
	ini = ini_for("a/config.json", "b.json");
	put_text(in_dir("b.json"), FOREIGN, 0600);
	run(&r, ini, "", true, NULL);
	CHECK(r.reports.users[0].files[0].written && r.reports.users[0].files[1].written);
	CHECK(access(in_dir("a"), F_OK) < 0);
	CHECK_TEXT(in_dir("b.json"), FOREIGN);
	fixture_end();
}

/* Returns a file of written.json with our entry in it. */
static char *record_of(const char *file, const char *path, const char *host)
{
	return xasprintf("{\"user\":\"%s\",\"file\":\"%s\",\"path\":\"%s\",\"entries\":[{\"host\":"
	                 "\"%s\",\"hash\":\"%016llx\"}]}",
	        me, file, path, host, (unsigned long long)written_hash(AUTH, strlen(AUTH)));
}

static void test_removal(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL, *record = NULL;
	const struct worker_user_report *report;

	fixture_begin("an entry that is no longer configured is removed");
	ini = ini_for("a.json", NULL);
	record = record_of(in_dir("old.json"), in_dir("old.json"), OTHER);
	put_text(in_dir("old.json"), "{\"auths\":{\"" OTHER "\":{\"auth\":\"" AUTH "\"}},\"x\":1}",
	        0600);
	run(&r, ini, record, false, NULL);
	report = &r.reports.users[0];
	CHECK(report->removed[1][0] && report->files[1].written);
	CHECK(!auth_of(in_dir("old.json"), OTHER));
	CHECK_AUTH(in_dir("a.json"), REGISTRY, AUTH);
	fixture_end();
}

/* The ini now has another name for the same file: the record still has the old one. */
static void test_respelled(void)
{
	static const char *const spellings[] = {"link.json", "dir/../a.json", "./a.json"};

	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		_cleanup_(run_done) struct run r = {};
		_cleanup_(freep) char *ini = NULL, *record = NULL;

		fixture_begin("a file with a new name in the ini keeps its entry");
		CHECK_INT(mkdir(in_dir("dir"), 0700), 0);
		CHECK_INT(symlink("a.json", in_dir("link.json")), 0);
		check_update(in_dir("a.json"), true);
		ini = ini_for(spellings[i], NULL);
		record = record_of(in_dir("a.json"), in_dir("a.json"), REGISTRY);
		run(&r, ini, record, false, NULL);
		CHECK_AUTH(in_dir("a.json"), REGISTRY, AUTH);
		fixture_end();
	}
}

static void test_as_another(void)
{
	static const char name[] = "root's workers become the users, without more rights";
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;
	const char *myself = me;
	struct stat st = {};

	if (geteuid() != 0) {
		tap_skip(name, "needs root");
		return;
	}
	fixture_begin(name);
	CHECK_INT(chmod(fixture_dir, 0755), 0);
	CHECK_INT(mkdir(in_dir("theirs"), 0700), 0);
	CHECK_INT(chown(in_dir("theirs"), NOBODY, NOBODY), 0);
	me = "nobody";
	ini = ini_for("theirs/a.json", "b.json");
	me = myself;
	run(&r, ini, "", false, NULL);
	CHECK_INT(stat(in_dir("theirs/a.json"), &st), 0);
	CHECK(st.st_uid == NOBODY && st.st_gid == NOBODY && (st.st_mode & 0777) == 0600);
	CHECK_INT(r.reports.users[0].files[1].error, -EACCES);
	CHECK(access(in_dir("b.json"), F_OK) < 0);
	CHECK_INT(geteuid(), 0);
	fixture_end();
}

/* Makes a directory for the user "nobody" of root's service. Returns the ini, owned. */
static char *ini_of_nobody(const char *file, const char *second)
{
	const char *myself = me;
	char *ini;

	CHECK_INT(chmod(fixture_dir, 0755), 0);
	CHECK_INT(mkdir(in_dir("theirs"), 0700), 0);
	CHECK_INT(chown(in_dir("theirs"), NOBODY, NOBODY), 0);
	me = "nobody";
	ini = ini_for(file, second);
	me = myself;
	shared->group_lookups = 0;
	return ini;
}

static void put_theirs(const char *path, const char *text, uid_t uid, gid_t gid, mode_t mode)
{
	put_text(path, text, 0600);
	CHECK_INT(chown(path, uid, gid), 0);
	CHECK_INT(chmod(path, mode), 0);
}

#define SERVED "{\"auths\":{\"" REGISTRY "\":{\"auth\":\"" AUTH "\"}},\"credsStore\":\"pass\"}"

static void test_check_is_enough(void)
{
	_cleanup_(run_done) struct run first = {}, second = {};
	_cleanup_(freep) char *ini = NULL;
	const struct worker_file_report *f;

	fixture_begin("root looks up a user's groups only if there is something to do");
	ini = ini_of_nobody("theirs/a.json", "theirs/b.json");
	put_theirs(in_dir("theirs/a.json"), SERVED, NOBODY, NOBODY, 0600);
	run(&first, ini, "", false, NULL);
	CHECK_INT(shared->group_lookups, 1);
	CHECK(!first.reports.users[0].files[0].written && first.reports.users[0].files[1].written);
	CHECK_AUTH(in_dir("theirs/b.json"), REGISTRY, AUTH);
	run(&second, ini, "", false, NULL);
	CHECK_INT(shared->group_lookups, 1);
	CHECK(second.reports.users[0].is_done && second.reports.users[0].error == 0);
	f = second.reports.users[0].files;
	CHECK(f[0].is_done && f[0].error == 0 && !f[0].written && !f[0].rechecked);
	CHECK(f[1].is_done && f[1].error == 0 && !f[1].written);
	CHECK(second.reports.users[0].present[0][0] && second.reports.users[0].present[1][0]);
	CHECK_STRING(f[0].path, in_dir("theirs/a.json"));
	CHECK_INT(f[0].n_findings, 1);
	CHECK_STRING(f[0].findings[0].detail, "pass");
	fixture_end();
}

static void test_dry_run_of_root(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;

	fixture_begin("a dry run for another user reports, and writes nothing");
	ini = ini_of_nobody("theirs/a.json", "theirs/dir/b.json");
	put_theirs(in_dir("theirs/a.json"), FOREIGN, NOBODY, NOBODY, 0600);
	run(&r, ini, "", true, NULL);
	CHECK(r.reports.users[0].files[0].written && r.reports.users[0].files[1].written);
	CHECK_TEXT(in_dir("theirs/a.json"), FOREIGN);
	CHECK(access(in_dir("theirs/dir"), F_OK) < 0);
	fixture_end();
}

static void test_group_opens(void)
{
	_cleanup_(run_done) struct run first = {}, second = {};
	_cleanup_(freep) char *ini = NULL;

	fixture_begin("a directory that only a supplementary group may enter is served");
	ini = ini_of_nobody("team/a.json", NULL);
	CHECK_INT(mkdir(in_dir("team"), 0700), 0);
	CHECK_INT(chown(in_dir("team"), 0, TEAM), 0);
	CHECK_INT(chmod(in_dir("team"), 0770), 0);
	run(&first, ini, "", false, NULL);
	CHECK_INT(first.reports.users[0].files[0].error, 0);
	CHECK_AUTH(in_dir("team/a.json"), REGISTRY, AUTH);
	run(&second, ini, "", false, NULL);
	CHECK_INT(second.reports.users[0].files[0].error, 0);
	CHECK(!second.reports.users[0].files[0].written && second.reports.users[0].present[0][0]);
	fixture_end();
}

static void test_group_shuts(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;
	const struct worker_file_report *f;

	fixture_begin("a file that others may read, but not a supplementary group, is not read");
	ini = ini_of_nobody("a.json", NULL);
	put_theirs(in_dir("a.json"), SERVED, 0, TEAM, 0604);
	run(&r, ini, "", false, NULL);
	f = r.reports.users[0].files;
	CHECK_INT(f->error, -EACCES);
	CHECK_INT(f->n_findings, 0);
	CHECK(!r.reports.users[0].present[0][0]);
	fixture_end();
}

static void remove_theirs(void *userdata, const struct worker_reports *reports)
{
	(void)userdata;
	CHECK(!reports->users[0].files[0].written);
	CHECK_INT(unlink(in_dir("theirs/a.json")), 0);
}

/* The check finds nothing to do, so no writing worker is running. */
static void test_second_pass_of_check(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;
	struct run_result result = {
	        .desired = &r.desired, .reports = &r.reports, .old = &r.record, .now = NOW};
	const struct worker_file_report *f;
	bool is_new = false;

	fixture_begin("a file that is removed after a good check is written again");
	ini = ini_of_nobody("theirs/a.json", NULL);
	put_theirs(in_dir("theirs/a.json"), SERVED, NOBODY, NOBODY, 0600);
	run(&r, ini, "", false, remove_theirs);
	CHECK_AUTH(in_dir("theirs/a.json"), REGISTRY, AUTH);
	CHECK_INT(shared->group_lookups, 1);
	f = r.reports.users[0].files;
	CHECK(f->is_done && f->error == 0 && f->rechecked && f->rewritten);
	CHECK(r.reports.users[0].present[0][0]);
	CHECK_INT(run_log_second_pass(&result, &is_new), 0);
	CHECK(is_new);
	fixture_end();
}

static void remove_and_fail(void *userdata, const struct worker_reports *reports)
{
	remove_theirs(userdata, reports);
	shared->groups_fail = true;
}

static void test_second_pass_fails(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(written_done) struct written after = {};
	_cleanup_(freep) char *ini = NULL;
	struct run_result result = {
	        .desired = &r.desired, .reports = &r.reports, .old = &r.record, .now = NOW};
	bool is_new = false;

	fixture_begin("a user who fails in the second pass is reported");
	ini = ini_of_nobody("theirs/a.json", NULL);
	put_theirs(in_dir("theirs/a.json"), SERVED, NOBODY, NOBODY, 0600);
	run(&r, ini, "", false, remove_and_fail);
	CHECK_INT(r.reports.users[0].error, -EPERM);
	CHECK_INT(run_log_second_pass(&result, &is_new), 1);
	CHECK(is_new);
	run_record(&result, &after);
	CHECK_STRING(written_find(&after, "nobody", in_dir("theirs/a.json"))->failure.code,
	        "become-user");
	shared->groups_fail = false;
	fixture_end();
}

static void test_root_serves_others(void)
{
	if (geteuid() != 0) {
		tap_skip("root's check of another user's files", "needs root");
		return;
	}
	test_check_is_enough();
	test_dry_run_of_root();
	test_group_opens();
	test_group_shuts();
	test_second_pass_of_check();
	test_second_pass_fails();
}

static void test_hang(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;

	fixture_begin("a file that hangs does not prevent the one before it");
	ini = ini_for("a.json", "hangs.json");
	load(&r, ini, "");
	run_workers(&r, &(struct workers_options){.timeout_usec = 300000});
	CHECK_AUTH(in_dir("a.json"), REGISTRY, AUTH);
	CHECK_INT(r.reports.users[0].error, -ETIMEDOUT);
	fixture_end();
}

static void test_dies(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;

	fixture_begin("a worker that is killed is not mistaken for one that hangs");
	ini = ini_for("a.json", "dies.json");
	run(&r, ini, "", false, NULL);
	CHECK_INT(r.reports.users[0].error, -EPROTO);
	CHECK_STRING(r.reports.users[0].reason.code, "bad-report");
	fixture_end();
}

/* A worker that cannot be killed, because it hangs in the kernel, would block the next run. */
static void test_lock(void)
{
	_cleanup_(closep) int lock = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;

	fixture_begin("no worker holds the lock");
	ini = ini_for("finds-lock.json", NULL);
	shared->lock_is_held = true;
	load(&r, ini, "");
	run_workers(&r, &(struct workers_options){.timeout_usec = TIMEOUT_USEC, .lock = lock});
	CHECK_INT(r.reports.users[0].error, 0);
	CHECK(!shared->lock_is_held);
	fixture_end();
}

static bool is_printable(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] == 0x7f)
			return false;
	return n < size;
}

static void check_taken(const struct worker_user_report *report, size_t n_files)
{
	CHECK(report->error <= 0 && report->error > -4096);
	CHECK(is_printable(report->reason.text, sizeof(report->reason.text)));
	for (size_t i = 0; i < n_files; i++) {
		const struct worker_file_report *f = &report->files[i];

		CHECK(f->error <= 0 && f->error > -4096);
		CHECK_INT(f->error < 0, f->reason.code[0] != '\0');
		CHECK(is_printable(f->reason.code, sizeof(f->reason.code)));
		CHECK(is_printable(f->reason.text, sizeof(f->reason.text)));
		CHECK(strnlen(f->path, sizeof(f->path)) < sizeof(f->path));
		CHECK(!f->path[0] || f->path[0] == '/');
		CHECK(f->n_findings <= WORKER_MAX_FINDINGS);
		for (unsigned k = 0; k < f->n_findings && k < WORKER_MAX_FINDINGS; k++) {
			CHECK(f->findings[k].kind <= MERGE_REPOSITORY_KEY);
			CHECK(is_printable(f->findings[k].host, sizeof(f->findings[k].host)));
			CHECK(is_printable(f->findings[k].detail, sizeof(f->findings[k].detail)));
		}
	}
}

/* A worker is its user, who may control it: then root reads this. */
static void test_forged(void)
{
	static const unsigned char bytes[] = {0xff, 0x01, 0x02, 'A', '\n', '/', 0x80};
	_cleanup_(run_done) struct run r = {};
	_cleanup_(freep) char *ini = NULL;
	const struct desired_user *user;

	fixture_begin("a worker that overwrites its report with nonsense does no harm");
	ini = ini_for("a.json", "b.json");
	run(&r, ini, "", true, NULL);
	user = &r.desired.users[0];
	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		_cleanup_(worker_memory_close) struct worker_memory s = {};

		CHECK_INT(worker_memory_open(user, &s), 0);
		memset(s.user, bytes[i], s.size);
		worker_memory_read(&s, user, &r.reports.users[0]);
		check_taken(&r.reports.users[0], user->n_files);
		/* An error without a reason would count as success. */
		memset(s.user, 0, s.size);
		s.user->files[0].error = -EACCES;
		worker_memory_read(&s, user, &r.reports.users[0]);
		check_taken(&r.reports.users[0], user->n_files);
	}
	fixture_end();
}

static void test_hidden(void)
{
	_cleanup_(worker_memory_close) struct worker_memory s = {};
	struct desired_user user = {.name = (char *)me};
	int fds[2], status = -1;
	pid_t pid;

	tap_begin("a worker cannot reach another's report");
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(worker_memory_open(&user, &s), 0);
	CHECK_INT(worker_memory_exclude_from_forks(&s), 0);
	CHECK_INT(write(fds[1], s.user, 1), 1);
	pid = fork();
	if (pid == 0)
		_exit(write(fds[1], s.user, 1) < 0 && errno == EFAULT ? 0 : 1);
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	close(fds[0]);
	close(fds[1]);
	tap_end();
}

/* A run for some users, and the record of the others. */
static void test_limited(void)
{
	_cleanup_(run_done) struct run r = {};
	_cleanup_(written_done) struct written after = {};
	_cleanup_(freep) char *own = NULL, *ini = NULL;
	struct run_result result = {.desired = &r.desired,
	        .reports = &r.reports,
	        .old = &r.record,
	        .now = NOW,
	        .only_users = (char *[]){(char *)me},
	        .n_only_users = 1};
	const struct written_file *f;

	fixture_begin("a run for one user keeps the record of the others");
	own = ini_for("a.json", NULL);
	ini = xasprintf("%s[user bob]\nregistries = " REGISTRY "\n", own);
	load(&r, ini,
	        "{\"user\":\"bob\",\"file\":\"~/.docker/config.json\",\"since\":"
	        "\"2026-11-20T10:00:00Z\",\"code\":\"EACCES\",\"text\":\"no\","
	        "\"findings\":[\"hidden\"]}");
	desired_done(&r.desired);
	desired_make(&r.config, &r.tokens, &r.record, NOW, result.only_users, 1, &r.desired);
	CHECK_INT(r.desired.n_users, 1);
	run_workers(&r, &(struct workers_options){.timeout_usec = TIMEOUT_USEC});
	run_record(&result, &after);
	CHECK_INT(after.n_files, 2);
	f = written_find(&after, "bob", "~/.docker/config.json");
	if (CHECK(f)) {
		CHECK_STRING(f->failure.code, "EACCES");
		CHECK_STRING(f->failure.text, "no");
		CHECK_INT(f->since, r.record.files[0].since);
		CHECK(f->n_findings == 1 && strcmp(f->findings[0], "hidden") == 0);
	}
	fixture_end();
}

#define KEY "wJalrXUtnFEMI"
#define PROXY "http://user:word@proxy"

static bool contains(const struct secret *text, const char *what)
{
	return memmem(text->data, text->size, what, strlen(what)) != NULL;
}

/* Checks in a child process what is left of the environment. Returns its exit status. */
static int check_environment(void)
{
	_secret_ struct secret text = {};
	int status = -1;
	pid_t pid;

	environment_forget_secrets();
	pid = fork();
	if (pid > 0)
		return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 1;
	if (file_read(AT_FDCWD, "/proc/self/environ", 1024 * 1024, &text) < 0)
		_exit(2);
	if (contains(&text, KEY) || contains(&text, PROXY) || contains(&text, "AWS_"))
		_exit(3);
	if (getenv("AWS_SECRET_ACCESS_KEY") || getenv("HTTPS_PROXY") || getenv("http_proxy"))
		_exit(4);
	_exit(contains(&text, "PROXY_NOT=kept") && getenv("PROXY_NOT") ? 0 : 5);
}

static void test_environment(void)
{
	static const char *const environment[] = {"AWS_SECRET_ACCESS_KEY=" KEY, "PROXY_NOT=kept",
	        "HTTPS_PROXY=" PROXY, "http_proxy=" PROXY, "AWS_SESSION_TOKEN=" KEY,
	        "CATTLE_SECRET_KEY=" KEY, NULL};
	int status = -1;
	pid_t pid;

	tap_begin("a worker has no key or proxy password in its environment");
	pid = fork();
	if (pid == 0) {
		execle("/proc/self/exe", "test-workers", "--environment", NULL, environment);
		_exit(9);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK_INT(status, 0);
	tap_end();
}

int main(int argc, char *argv[])
{
	struct passwd *pw = getpwuid(geteuid());

	if (argc > 1 && strcmp(argv[1], "--environment") == 0)
		return check_environment();
	if (!pw) {
		tap_skip("the workers", "this user has no name");
		return tap_finish();
	}
	me = xstrdup(pw->pw_name);
	shared = mmap(
	        NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	test_written();
	test_one_fails();
	test_unknown_user();
	test_second_pass();
	test_second_pass_is_reported();
	test_nothing_changed_again();
	test_dry_run();
	test_removal();
	test_respelled();
	test_as_another();
	test_root_serves_others();
	test_hang();
	test_dies();
	test_lock();
	test_limited();
	test_forged();
	test_hidden();
	test_environment();
	return tap_finish();
}
