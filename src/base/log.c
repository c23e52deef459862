/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/systemd.h"
#include "base/text.h"
#include "base/timestamp.h"

#define MAX_FIELDS 40
#define MAX_REGISTRY_FIELDS 24
#define MESSAGE_MAX 2048

static const char *log_program = "ecr-refresher";
static bool log_verbose;
static bool log_to_journal;
static bool log_colour;

static const struct {
	const char *message_id;
	int priority;
} events[] = {
#define X(name, id, priority) {id, priority},
        EVENTS(X)
#undef X
};

/* JOURNAL_STREAM has the device and inode of the journal's stream (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uint64_t device, inode;
	struct stat st;

	return stream && sscanf(stream, "%" SCNu64 ":%" SCNu64, &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_setup(const char *program, bool verbose)
{
	log_program = program;
	log_verbose = verbose;
	log_to_journal = stderr_is_journal();
	log_colour = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
}

/* If the journal reads stderr, it takes the priority from the start of the line (sd-daemon(3)). */
static void write_text(int priority, const char *message)
{
	const char *colour = priority <= LOG_ERR       ? "\033[1;31m"
	                     : priority == LOG_WARNING ? "\033[1;33m"
	                                               : NULL;

	if (log_to_journal)
		fprintf(stderr, "<%d>%s\n", priority, message);
	else if (log_colour && colour)
		fprintf(stderr, "%s%s\033[0m\n", colour, message);
	else
		fprintf(stderr, "%s\n", message);
}

/* The fields of one journal entry, each an owned "NAME=value". */
struct entry {
	struct iovec fields[MAX_FIELDS];
	int count;
};

static void entry_add(struct entry *e, const char *name, const char *value)
{
	char *field;

	if (!value || e->count == MAX_FIELDS)
		return;
	field = xasprintf("%s=%s", name, value);
	e->fields[e->count++] = (struct iovec){field, strlen(field)};
}

static void entry_done(struct entry *e)
{
	for (int i = 0; i < e->count; i++)
		free(e->fields[i].iov_base);
}

static int write_journal(
        const char *message_id, int priority, const struct log_fields *fields, const char *message)
{
	_cleanup_(entry_done) struct entry e = {};
	char number[2] = {(char)('0' + priority), '\0'}, when[TIMESTAMP_MAX_SIZE];

	entry_add(&e, "MESSAGE", message);
	entry_add(&e, "PRIORITY", number);
	entry_add(&e, "SYSLOG_IDENTIFIER", log_program);
	entry_add(&e, "MESSAGE_ID", message_id);
	if (fields) {
		entry_add(&e, "ECR_USER", fields->user);
		entry_add(&e, "ECR_FILE", fields->file);
		entry_add(&e, "ECR_TARGET", fields->target);
		entry_add(&e, "ECR_IDENTITY", fields->identity);
		entry_add(&e, "ECR_ERROR", fields->error);
		if (fields->expires_at)
			entry_add(&e, "ECR_EXPIRES_AT", timestamp_format(fields->expires_at, when));
		for (size_t i = 0; i < fields->n_registries && i < MAX_REGISTRY_FIELDS; i++)
			entry_add(&e, "ECR_REGISTRY", fields->registries[i]);
	}
	return systemd_journal_send(e.fields, e.count);
}

/* A user may choose any name for a directory, and AWS any text for an error. */
_printf_(3, 0) static void format_message(char *ret, size_t size, const char *format, va_list ap)
{
	vsnprintf(ret, size, format, ap);
	text_sanitize(ret);
}

_printf_(4, 0) static void emit(const char *message_id, int priority,
        const struct log_fields *fields, const char *format, va_list ap)
{
	char message[MESSAGE_MAX];

	format_message(message, sizeof(message), format, ap);
	if (!log_to_journal || write_journal(message_id, priority, fields, message) < 0)
		write_text(priority, message);
}

void log_event(enum event event, const struct log_fields *fields, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	emit(events[event].message_id, events[event].priority, fields, format, ap);
	va_end(ap);
}

int log_event_to_journal(enum event event, const struct log_fields *fields, const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list ap;

	if (!systemd_has_journal())
		return -ENOENT;
	va_start(ap, format);
	format_message(message, sizeof(message), format, ap);
	va_end(ap);
	return write_journal(events[event].message_id, events[event].priority, fields, message);
}

bool log_is_verbose(void)
{
	return log_verbose;
}

void log_debug(const char *format, ...)
{
	va_list ap;

	if (!log_verbose)
		return;
	va_start(ap, format);
	emit(NULL, LOG_DEBUG, NULL, format, ap);
	va_end(ap);
}

void log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	emit(NULL, LOG_ERR, NULL, format, ap);
	va_end(ap);
}
