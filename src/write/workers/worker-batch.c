/* SPDX-License-Identifier: Apache-2.0 */
#include "write/workers/worker-batch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "base/timestamp.h"

static void close_fd(int *fd)
{
	closep(fd);
	*fd = -1;
}

static bool is_used(const struct token *t, const struct desired_user *user)
{
	for (size_t i = 0; i < user->n_files; i++)
		for (size_t e = 0; e < user->files[i].n_entries; e++)
			if (user->files[i].entries[e].auth == &t->authorization)
				return true;
	return false;
}

/* A child keeps no token in its memory but its own user's. */
static void forget_others(struct tokens *tokens, const struct desired_user *user)
{
	for (size_t i = 0; i < tokens->count; i++)
		if (!is_used(&tokens->items[i], user))
			secret_done(&tokens->items[i].authorization);
}

/* In the new process: of all that is open it keeps its own. */
static _Noreturn void worker_main(struct worker_batch *b, size_t i, int done_fd)
{
	struct worker *c = &b->children[i];
	struct worker_job job = {.user = &b->job->work->users[b->first + i],
	        .task = c->task,
	        .dry_run = b->job->dry_run,
	        .share = &c->share,
	        .done_fd = done_fd,
	        .go_fd = b->go[0]};

	close_fd(&b->go[1]);
	for (size_t k = 0; k < b->n; k++)
		close_fd(&b->children[k].done_fd);
	if (b->job->lock > 0)
		close(b->job->lock);
	forget_others(b->job->tokens, job.user);
	child_run(&job);
}

static void report_no_child(struct worker_user_report *report, const char *user, int error)
{
	report->error = reason_set(&report->reason, error, "no-child",
	        "user %s: no child process: %s", user, strerror(error));
}

/* A child has its own share, and no other. */
static void start_child(struct worker_batch *b, size_t i, enum worker_task task)
{
	struct worker *c = &b->children[i];
	const struct desired_user *user = &b->job->work->users[b->first + i];
	struct worker_user_report *report = &b->reports->users[b->first + i];
	int done[2], r;

	*c = (struct worker){.pid = -1, .task = task, .done_fd = -1, .is_finished = true};
	r = worker_memory_open(user, &c->share);
	if (r < 0 || pipe2(done, O_CLOEXEC) < 0) {
		report_no_child(report, user->name, r < 0 ? -r : errno);
		return;
	}
	c->done_fd = done[0];
	c->pid = fork();
	if (c->pid == 0)
		worker_main(b, i, done[1]);
	if (c->pid < 0)
		report_no_child(report, user->name, errno);
	else if (worker_memory_hide(&c->share) < 0)
		worker_memory_close(&c->share); /* it tells nothing, then */
	close(done[1]);
	c->is_finished = c->pid < 0;
}

/* Until the child has closed its end of the pipe, which it does by exiting. */
static bool wait_for_end(const struct worker *c, uint64_t deadline)
{
	struct pollfd end = {.fd = c->done_fd, .events = POLLIN};
	char byte;

	for (uint64_t now; (now = monotonic_now()) < deadline;)
		if (poll(&end, 1, (int)((deadline - now) / USEC_PER_MSEC) + 1) > 0 &&
		        read(c->done_fd, &byte, 1) <= 0)
			return true;
	return false;
}

/*
 * A child that is late may hang on a dead file system: it is killed, and not waited for for long.
 * Returns whether it ended by itself and as a failure.
 */
static bool end_child(struct worker *c, uint64_t deadline)
{
	int status = 0;

	if (c->pid >= 0 && c->is_finished && wait_for_end(c, deadline)) {
		kill(c->pid, SIGKILL); /* it has exited; but if it only says so, nobody waits */
		waitpid(c->pid, &status, 0);
		c->has_ended = true;
	} else if (c->pid >= 0) {
		kill(c->pid, SIGKILL);
		for (unsigned tries = 0; tries < 20 && waitpid(c->pid, NULL, WNOHANG) == 0; tries++)
			usleep(10000);
	}
	c->pid = -1;
	close_fd(&c->done_fd);
	return status != 0;
}

/*
 * Loads the modules of the name service once, here: every child would load them anew otherwise,
 * which takes longer than all else it does. Root is in every system's own files, so nobody far away
 * is asked.
 */
static void load_name_service(void)
{
	static bool is_loaded;
	gid_t groups[16];
	int n = ARRAY_SIZE(groups);

	if (!is_loaded && geteuid() == 0 && getpwuid(0))
		getgrouplist("root", 0, groups, &n);
	is_loaded = true;
}

static void start_writer(struct worker_batch *b, size_t i, enum worker_task task)
{
	worker_memory_close(&b->children[i].share);
	if (b->job->work->n_users > 1)
		load_name_service();
	start_child(b, i, task);
}

/* A look that ends without a byte has found something to do, or died: either is for a writer. */
static void handle_worker_event(struct worker_batch *b, size_t i)
{
	struct worker *c = &b->children[i];
	char byte;

	c->is_finished = true;
	if (read(c->done_fd, &byte, 1) > 0)
		return;
	c->has_ended = true;
	if (c->task != WORKER_CHECK)
		return;
	end_child(c, b->deadline);
	start_writer(b, i, WORKER_UPDATE);
}

/* Waits for whoever is not finished. Returns whether there may be more to wait for. */
static bool wait_for_some(struct worker_batch *b)
{
	struct pollfd fds[BATCH_MAX];
	size_t children[BATCH_MAX];
	uint64_t now = monotonic_now();
	nfds_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (!b->children[i].is_finished) {
			children[n] = i;
			fds[n++] = (struct pollfd){b->children[i].done_fd, POLLIN, 0};
		}
	if (n == 0 || now >= b->deadline)
		return false;
	if (poll(fds, n, (int)((b->deadline - now) / USEC_PER_MSEC) + 1) < 0)
		return errno == EINTR;
	for (nfds_t i = 0; i < n; i++)
		if (fds[i].revents)
			handle_worker_event(b, children[i]);
	return true;
}

/* A crash, or the kernel was out of memory. Or it hangs, most likely on a dead file system. */
static int explain_unfinished(const struct worker *c, const char *user, struct reason *ret_reason)
{
	if (c->has_ended)
		return reason_set(ret_reason, EPROTO, "bad-report",
		        "user %s: the process that writes its files ended before it was done; does "
		        "journalctl -k say why?",
		        user);
	return reason_set(ret_reason, ETIMEDOUT, "timeout",
	        "user %s: the files could not be written in time; does its home directory answer?",
	        user);
}

/* What has failed already stays as it was reported. */
static void take_reports(struct worker_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct worker_user_report *report = &b->reports->users[b->first + i];
		const struct desired_user *user = &b->job->work->users[b->first + i];

		if (report->error < 0)
			continue;
		if (b->children[i].share.user)
			worker_memory_take(&b->children[i].share, user, report);
		if (report->is_done || report->error < 0)
			continue;
		report->error = explain_unfinished(&b->children[i], user->name, &report->reason);
	}
}

int worker_batch_start(struct worker_batch *b)
{
	/* Whoever is not root has the groups already. */
	enum worker_task task = geteuid() == 0 ? WORKER_CHECK : WORKER_UPDATE;

	if (pipe2(b->go, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	while (b->n < BATCH_MAX && b->first + b->n < b->job->work->n_users) {
		size_t i = b->n++;

		b->children[i].done_fd = -1;
		start_child(b, i, task);
	}
	return 0;
}

void worker_batch_first_step(struct worker_batch *b)
{
	while (wait_for_some(b))
		;
	take_reports(b);
}

void worker_batch_second_step(struct worker_batch *b)
{
	close_fd(&b->go[1]);
	for (size_t i = 0; i < b->n; i++) {
		struct worker *c = &b->children[i];

		if (!end_child(c, b->deadline) || c->task != WORKER_CHECK)
			continue;
		b->reports->users[b->first + i].looked_again = true;
		start_writer(b, i, WORKER_RECHECK);
		c->is_finished = true; /* it has no first step */
	}
	for (size_t i = 0; i < b->n; i++)
		end_child(&b->children[i], b->deadline);
	take_reports(b);
}

void worker_batch_done(struct worker_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		worker_memory_close(&b->children[i].share);
	close_fd(&b->go[0]);
}
