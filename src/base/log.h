/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One line per event: with its fields to the journal if stderr is the journal, otherwise as text to
 * stderr. Called by the outermost functions only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/events.h"

/* The journal fields that an event may have; NULL or 0 if it does not. */
struct log_fields {
	const char *user;
	char *const *registries; /* one ECR_REGISTRY= for each */
	size_t n_registries;
	const char *file;
	const char *target;   /* "kubernetes prod", "rancher prod" */
	const char *identity; /* "" is the default one */
	const char *error;    /* reason.code */
	int64_t expires_at;
};

/*
 * Sets the program's name, which begins each line and is SYSLOG_IDENTIFIER; verbose: with debug
 * lines.
 */
void log_setup(const char *program, bool verbose);

void log_event(enum event event, const struct log_fields *fields, const char *format, ...)
        _printf_(3, 4);

/*
 * Logs to the journal only, whatever stderr is: for a program whose output is read by another
 * program. Returns 0 or a negative errno: -ENOENT if there is no journal.
 */
int log_event_to_journal(enum event event, const struct log_fields *fields, const char *format, ...)
        _printf_(3, 4);

/* Reports whether log_debug() logs anything. */
bool log_is_verbose(void);

/* Logs with --verbose only, without a MESSAGE_ID. */
void log_debug(const char *format, ...) _printf_(1, 2);

/* Logs an error of the command line or the environment, without a MESSAGE_ID. */
void log_error(const char *format, ...) _printf_(1, 2);
