/* SPDX-License-Identifier: Apache-2.0 */
#include "children.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "../common/alloc.h"
#include "../common/timespan.h"
#include "../common/timestamp.h"
#include "child.h"

#define BATCH 64

struct child {
	pid_t pid;
	struct share share; /* what it tells */
	int done_fd;        /* readable, or at its end, when the first step is over */
	bool is_finished;
};

struct batch {
	struct child children[BATCH];
	size_t n;
	int go[2]; /* every child waits for the end of go[0] */
};

static bool is_used(const struct token *t, const struct work_user *user)
{
	for (size_t i = 0; i < user->n_files; i++)
		for (size_t e = 0; e < user->files[i].n_entries; e++)
			if (user->files[i].entries[e].auth == &t->authorization)
				return true;
	return false;
}

/* A child keeps no token in its memory but its own user's. */
static void forget_others(struct tokens *tokens, const struct work_user *user)
{
	for (size_t i = 0; i < tokens->count; i++)
		if (!is_used(&tokens->items[i], user))
			secret_done(&tokens->items[i].authorization);
}

static void report_no_child(struct user_report *report, const char *user, int error)
{
	report->error = reason_set(&report->reason, error, "no-child",
	        "user %s: no child process: %s", user, strerror(error));
}

/* A child has its own share, and no other. */
static void start_child(struct batch *batch, const struct work_user *user, struct tokens *tokens,
        bool dry_run, struct user_report *report)
{
	struct child *c = &batch->children[batch->n++];
	int done[2], r;

	*c = (struct child){.pid = -1, .done_fd = -1, .is_finished = true};
	r = share_open(user, &c->share);
	if (r < 0 || pipe2(done, O_CLOEXEC) < 0) {
		report_no_child(report, user->name, r < 0 ? -r : errno);
		return;
	}
	c->pid = fork();
	if (c->pid == 0) {
		close(done[0]);
		close(batch->go[1]);
		for (size_t i = 0; i + 1 < batch->n; i++)
			closep(&batch->children[i].done_fd);
		forget_others(tokens, user);
		child_run(user, dry_run, &c->share, done[1], batch->go[0]);
	}
	if (c->pid < 0)
		report_no_child(report, user->name, errno);
	else if (share_hide(&c->share) < 0)
		share_close(&c->share); /* it tells nothing, then */
	close(done[1]);
	c->done_fd = done[0];
	c->is_finished = c->pid < 0;
}

/* Waits until every child has ended its first step, or the deadline has passed. */
static void wait_for_first_steps(struct batch *batch, uint64_t deadline)
{
	for (;;) {
		struct pollfd fds[BATCH];
		struct child *waiting[BATCH];
		uint64_t now = monotonic_now();
		nfds_t n = 0;

		for (size_t i = 0; i < batch->n; i++) {
			if (batch->children[i].is_finished)
				continue;
			waiting[n] = &batch->children[i];
			fds[n++] = (struct pollfd){batch->children[i].done_fd, POLLIN, 0};
		}
		if (n == 0 || now >= deadline)
			return;
		if (poll(fds, n, (int)((deadline - now) / USEC_PER_MSEC) + 1) < 0 && errno != EINTR)
			return;
		for (nfds_t i = 0; i < n; i++)
			if (fds[i].revents)
				waiting[i]->is_finished = true;
	}
}

/* Until the child has closed its end of the pipe, which it does by exiting. */
static bool wait_for_end(const struct child *c, uint64_t deadline)
{
	struct pollfd end = {.fd = c->done_fd, .events = POLLIN};
	char byte;

	for (uint64_t now; (now = monotonic_now()) < deadline;)
		if (poll(&end, 1, (int)((deadline - now) / USEC_PER_MSEC) + 1) > 0 &&
		        read(c->done_fd, &byte, 1) <= 0)
			return true;
	return false;
}

/* A child that is late may hang on a dead file system: it is killed, and not waited for for long.
 */
static void reap(struct batch *batch, uint64_t deadline)
{
	for (size_t i = 0; i < batch->n; i++) {
		struct child *c = &batch->children[i];

		if (c->pid < 0) {
			closep(&c->done_fd);
			continue;
		}
		if (c->is_finished && wait_for_end(c, deadline)) {
			waitpid(c->pid, NULL, 0);
		} else {
			kill(c->pid, SIGKILL);
			for (unsigned tries = 0; tries < 20 && waitpid(c->pid, NULL, WNOHANG) == 0;
			        tries++)
				usleep(10000);
		}
		closep(&c->done_fd);
	}
}

/* What has failed already stays as it was reported. */
static void take_reports(
        const struct work *work, struct reports *reports, size_t first, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		struct user_report *report = &reports->users[first + i];
		const struct work_user *user = &work->users[first + i];

		if (report->error < 0)
			continue;
		if (batch->children[i].share.user)
			share_take(&batch->children[i].share, user, report);
		if (report->is_done || report->error < 0)
			continue;
		report->error = reason_set(&report->reason, ETIMEDOUT, "timeout",
		        "user %s: the files could not be written in time; does its home directory "
		        "answer?",
		        user->name);
	}
}

static int run_batch(const struct work *work, struct tokens *tokens, bool dry_run,
        uint64_t timeout_usec, size_t first, struct reports *reports,
        void (*between)(void *userdata, const struct reports *reports), void *userdata)
{
	struct batch batch = {};
	uint64_t deadline = monotonic_now() + timeout_usec;

	if (pipe2(batch.go, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	for (size_t i = first; i < work->n_users && batch.n < BATCH; i++)
		start_child(&batch, &work->users[i], tokens, dry_run, &reports->users[i]);
	close(batch.go[0]);
	wait_for_first_steps(&batch, deadline);
	take_reports(work, reports, first, &batch);
	reports->n_settled = first;
	if (between && first + batch.n == work->n_users)
		between(userdata, reports);
	close(batch.go[1]);
	reap(&batch, deadline);
	take_reports(work, reports, first, &batch);
	for (size_t i = 0; i < batch.n; i++)
		share_close(&batch.children[i].share);
	return 0;
}

/*
 * Loads the modules of the name service once, here: every child would load them anew otherwise,
 * which takes longer than all else it does. Root is in every system's own files, so nobody far away
 * is asked.
 */
static void load_name_service(void)
{
	gid_t groups[16];
	int n = ARRAY_SIZE(groups);

	if (geteuid() == 0 && getpwuid(0))
		getgrouplist("root", 0, groups, &n);
}

static void reports_make(const struct work *work, struct reports *ret)
{
	ret->n_users = work->n_users;
	ret->users = xcalloc(work->n_users + 1, sizeof(*ret->users));
	for (size_t u = 0; u < work->n_users; u++) {
		size_t n = work->users[u].n_files;
		struct user_report *report = &ret->users[u];

		report->files = xcalloc(n + 1, sizeof(*report->files));
		/* With an end, for reports_done(). */
		report->present = xcalloc(n + 1, sizeof(*report->present));
		report->removed = xcalloc(n + 1, sizeof(*report->removed));
		for (size_t i = 0; i < n; i++) {
			size_t n_entries = work->users[u].files[i].n_entries;

			report->present[i] = xcalloc(n_entries + 1, sizeof(bool));
			report->removed[i] = xcalloc(n_entries + 1, sizeof(bool));
		}
	}
}

int children_run(const struct work *work, struct tokens *tokens, bool dry_run,
        uint64_t timeout_usec, void (*between)(void *userdata, const struct reports *reports),
        void *userdata, struct reports *ret)
{
	int r = 0;

	reports_make(work, ret);
	if (work->n_users > 1)
		load_name_service();

	for (size_t first = 0; r == 0 && first < work->n_users; first += BATCH)
		r = run_batch(work, tokens, dry_run, timeout_usec, first, ret, between, userdata);
	return r;
}

static void user_report_done(struct user_report *report)
{
	for (size_t i = 0; report->present[i]; i++) {
		free(report->present[i]);
		free(report->removed[i]);
	}
	free(report->present);
	free(report->removed);
	free(report->files);
}

void reports_done(struct reports *r)
{
	for (size_t u = 0; u < r->n_users; u++)
		user_report_done(&r->users[u]);
	free(r->users);
	*r = (struct reports){};
}
