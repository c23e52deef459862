/* SPDX-License-Identifier: Apache-2.0 */
/* Forks workers, waits for them and ends them. A worker's user controls what it does and when. */
#include "write/workers/worker-batch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "base/subprocess.h"

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

/* Removes the tokens of all other users from the new process. */
static void forget_other_tokens(struct tokens *tokens, const struct desired_user *user)
{
	for (size_t i = 0; i < tokens->count; i++)
		if (!is_used(&tokens->items[i], user))
			secret_done(&tokens->items[i].authorization);
}

/* Runs in the new process, which keeps no descriptor but its own. */
static _Noreturn void worker_main(struct worker_batch *b, size_t i, int done_fd)
{
	struct worker *w = &b->workers[i];
	struct worker_job job = {.user = &b->options->desired->users[b->first + i],
	        .task = w->task,
	        .dry_run = b->options->dry_run,
	        .memory = &w->memory,
	        .done_fd = done_fd,
	        .go_fd = b->go[0]};

	close_fd(&b->go[1]);
	for (size_t k = 0; k < b->n; k++)
		close_fd(&b->workers[k].done_fd);
	if (b->options->lock > 0)
		close(b->options->lock);
	forget_other_tokens(b->options->tokens, job.user);
	worker_run(&job);
}

static void report_start_failure(struct worker_user_report *report, const char *user, int error)
{
	report->error = reason_set(&report->reason, error, "no-child",
	        "user %s: cannot start a worker process: %s", user, strerror(error));
}

/* Starts a worker; the memory it shares with us is not in any other worker. */
static void start_worker(struct worker_batch *b, size_t i, enum worker_task task)
{
	struct worker *w = &b->workers[i];
	const struct desired_user *user = &b->options->desired->users[b->first + i];
	struct worker_user_report *report = &b->reports->users[b->first + i];
	int fd = -1, r;

	*w = (struct worker){.pid = -1, .task = task, .done_fd = -1, .is_finished = true};
	r = worker_memory_open(user, &w->memory);
	if (r == 0)
		r = w->pid = subprocess_fork(&fd);
	if (w->pid == 0)
		worker_main(b, i, fd);
	if (r < 0) {
		report_start_failure(report, user->name, -r);
		return;
	}
	w->done_fd = fd;
	w->is_finished = false;
	if (worker_memory_exclude_from_forks(&w->memory) < 0)
		worker_memory_close(&w->memory); /* its report is lost */
}

/* Waits until the worker closes its end of the pipe, which it does by exiting. */
static bool wait_for_end(const struct worker *w, uint64_t deadline)
{
	struct pollfd end = {.fd = w->done_fd, .events = POLLIN};
	char byte;

	while (deadline_poll(&end, 1, deadline) > 0)
		if (read(w->done_fd, &byte, 1) <= 0)
			return true;
	return false;
}

/*
 * Ends a worker. One that is late may hang on a dead file system: it is killed, and the wait for it
 * is short. Returns whether it exited by itself with a failure.
 */
static bool end_worker(struct worker *w, uint64_t deadline)
{
	int status = 0;

	if (w->pid >= 0 && w->is_finished && wait_for_end(w, deadline)) {
		kill(w->pid, SIGKILL); /* it has exited, unless it only closed the pipe */
		subprocess_wait(w->pid, deadline, &status);
		w->has_ended = true;
	} else if (w->pid >= 0) {
		subprocess_kill(w->pid, NULL);
	}
	w->pid = -1;
	close_fd(&w->done_fd);
	return status != 0;
}

/*
 * Loads the modules of the name service once, in the parent: otherwise every worker would load them
 * again, which takes longer than all its other work. Root is in every system's own files, so no
 * directory service is asked.
 */
static void preload_name_service(void)
{
	static bool is_loaded;
	gid_t groups[16];
	int n = ARRAY_SIZE(groups);

	if (!is_loaded && geteuid() == 0 && getpwuid(0))
		getgrouplist("root", 0, groups, &n);
	is_loaded = true;
}

static void start_writing_worker(struct worker_batch *b, size_t i, enum worker_task task)
{
	worker_memory_close(&b->workers[i].memory);
	if (b->options->desired->n_users > 1)
		preload_name_service();
	start_worker(b, i, task);
}

/* A check that ends without a byte found something to do, or died: a writing worker takes over. */
static void handle_worker_event(struct worker_batch *b, size_t i)
{
	struct worker *w = &b->workers[i];
	char byte;

	w->is_finished = true;
	if (read(w->done_fd, &byte, 1) > 0)
		return;
	w->has_ended = true;
	if (w->task != WORKER_CHECK)
		return;
	end_worker(w, b->deadline);
	start_writing_worker(b, i, WORKER_UPDATE);
}

/* Waits for workers that are not finished. Returns whether some may still be left. */
static bool wait_for_some(struct worker_batch *b)
{
	struct pollfd fds[BATCH_MAX];
	size_t index[BATCH_MAX];
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (!b->workers[i].is_finished) {
			index[n] = i;
			fds[n++] = (struct pollfd){b->workers[i].done_fd, POLLIN, 0};
		}
	if (n == 0 || deadline_poll(fds, n, b->deadline) <= 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (fds[i].revents)
			handle_worker_event(b, index[i]);
	return true;
}

/* It crashed, or the kernel was out of memory; or it hangs, most likely on a dead file system. */
static int set_unfinished_reason(
        const struct worker *w, const char *user, struct reason *ret_reason)
{
	if (w->has_ended)
		return reason_set(ret_reason, EPROTO, "bad-report",
		        "user %s: the worker process ended before it was done; journalctl -k may "
		        "show why",
		        user);
	return reason_set(ret_reason, ETIMEDOUT, "timeout",
	        "user %s: the files could not be written in time; does its home directory answer?",
	        user);
}

/* Copies the workers' reports; what failed before stays as it was reported. */
static void collect_reports(struct worker_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct worker_user_report *report = &b->reports->users[b->first + i];
		const struct desired_user *user = &b->options->desired->users[b->first + i];

		if (report->error < 0)
			continue;
		if (b->workers[i].memory.user)
			worker_memory_read(&b->workers[i].memory, user, report);
		if (report->is_done || report->error < 0)
			continue;
		report->error = set_unfinished_reason(&b->workers[i], user->name, &report->reason);
	}
}

int worker_batch_start(struct worker_batch *b)
{
	/* A user's own service has the groups already. */
	enum worker_task task = geteuid() == 0 ? WORKER_CHECK : WORKER_UPDATE;

	if (pipe2(b->go, O_CLOEXEC) < 0)
		return -errno;
	while (b->n < BATCH_MAX && b->first + b->n < b->options->desired->n_users) {
		size_t i = b->n++;

		b->workers[i].done_fd = -1;
		start_worker(b, i, task);
	}
	return 0;
}

void worker_batch_first_pass(struct worker_batch *b)
{
	while (wait_for_some(b))
		;
	collect_reports(b);
}

void worker_batch_second_pass(struct worker_batch *b)
{
	close_fd(&b->go[1]);
	for (size_t i = 0; i < b->n; i++) {
		struct worker *w = &b->workers[i];

		if (!end_worker(w, b->deadline) || w->task != WORKER_CHECK)
			continue;
		b->reports->users[b->first + i].rechecked = true;
		start_writing_worker(b, i, WORKER_RECHECK);
		w->is_finished = true; /* it has no first pass */
	}
	for (size_t i = 0; i < b->n; i++)
		end_worker(&b->workers[i], b->deadline);
	collect_reports(b);
}

void worker_batch_done(struct worker_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		worker_memory_close(&b->workers[i].memory);
	close_fd(&b->go[0]);
}
