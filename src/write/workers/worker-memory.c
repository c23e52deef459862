/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a safe copy of what a worker wrote. The worker's user controls the memory. */
#include "write/workers/worker-memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/text.h"

#define MAX_ERRNO 4095

/* Returns the number of flags before those of a file: two per entry. */
static size_t flags_before(const struct desired_user *user, size_t file)
{
	size_t n = 0;

	for (size_t i = 0; i < file; i++)
		n += 2 * user->files[i].n_entries;
	return n;
}

int worker_memory_open(const struct desired_user *user, struct worker_memory *ret)
{
	size_t size = sizeof(struct worker_memory_user) +
	              user->n_files * sizeof(struct worker_file_report) +
	              flags_before(user, user->n_files);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	*ret = (struct worker_memory){.user = p, .size = size};
	return 0;
}

int worker_memory_exclude_from_forks(const struct worker_memory *s)
{
	return madvise(s->user, s->size, MADV_DONTFORK) < 0 ? -errno : 0;
}

bool *worker_memory_present(
        const struct worker_memory *s, const struct desired_user *user, size_t file)
{
	return (bool *)&s->user->files[user->n_files] + flags_before(user, file);
}

bool *worker_memory_removed(
        const struct worker_memory *s, const struct desired_user *user, size_t file)
{
	return worker_memory_present(s, user, file) + user->files[file].n_entries;
}

/* Reads each value once, because it may change at any time; not as a bool, which is 0 or 1. */
static bool read_flag(const bool *from)
{
	return *(const volatile unsigned char *)from != 0;
}

static void read_string(char *to, const char *from, size_t size)
{
	size_t n = strnlen(from, size - 1);

	memcpy(to, from, n);
	to[n] = '\0';
}

/* Reads an error and its reason. An error without a code would count as success. */
static int read_error(
        const int *from_error, const struct reason *from, struct reason *to, const char *user)
{
	int error = *(const volatile int *)from_error;

	*to = (struct reason){};
	if (error == 0)
		return 0;
	read_string(to->code, from->code, sizeof(to->code));
	read_string(to->text, from->text, sizeof(to->text));
	text_sanitize(to->code);
	text_sanitize(to->text);
	if (error > 0 || error < -MAX_ERRNO || !to->code[0] || !to->text[0])
		return reason_set(to, EPROTO, "bad-report",
		        "user %s: the worker process sent a report that is not valid", user);
	return error;
}

static void read_findings(const struct worker_file_report *from, struct worker_file_report *to)
{
	unsigned n = *(const volatile unsigned *)&from->n_findings;

	to->n_findings = 0;
	for (unsigned i = 0; i < n && i < WORKER_MAX_FINDINGS; i++) {
		const struct merge_finding *f = &from->findings[i];
		struct merge_finding *copy = &to->findings[to->n_findings];
		enum merge_finding_kind kind = *(const volatile enum merge_finding_kind *)&f->kind;

		if (kind != MERGE_CRED_HELPER && kind != MERGE_CREDS_STORE &&
		        kind != MERGE_REPOSITORY_KEY)
			continue;
		copy->kind = kind;
		read_string(copy->host, f->host, sizeof(copy->host));
		read_string(copy->detail, f->detail, sizeof(copy->detail));
		text_sanitize(copy->host);
		text_sanitize(copy->detail);
		to->n_findings++;
	}
}

static void read_file(
        const struct worker_file_report *from, struct worker_file_report *to, const char *user)
{
	to->is_done = read_flag(&from->is_done);
	to->error = read_error(&from->error, &from->reason, &to->reason, user);
	to->written = read_flag(&from->written);
	to->watchable = read_flag(&from->watchable);
	to->rechecked = read_flag(&from->rechecked);
	to->rewritten = read_flag(&from->rewritten);
	read_string(to->path, from->path, sizeof(to->path));
	if (to->path[0] != '/')
		to->path[0] = '\0';
	read_findings(from, to);
}

void worker_memory_read(const struct worker_memory *s, const struct desired_user *user,
        struct worker_user_report *report)
{
	report->is_done = read_flag(&s->user->is_done);
	report->error = read_error(&s->user->error, &s->user->reason, &report->reason, user->name);
	for (size_t i = 0; i < user->n_files; i++) {
		const bool *present = worker_memory_present(s, user, i);
		const bool *removed = worker_memory_removed(s, user, i);

		read_file(&s->user->files[i], &report->files[i], user->name);
		for (size_t e = 0; e < user->files[i].n_entries; e++) {
			report->present[i][e] = read_flag(&present[e]);
			report->removed[i][e] = read_flag(&removed[e]);
		}
	}
}

void worker_memory_close(struct worker_memory *s)
{
	if (s->user)
		munmap(s->user, s->size);
	*s = (struct worker_memory){};
}
