/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One line per event: to the journal with its fields where our stderr is the journal, as text on
 * stderr otherwise. Called by the outermost functions only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/events.h"

/* The journal fields an event may carry; NULL or 0 where it has none. */
struct log_fields {
	const char *user;
	char *const *registries; /* one ECR_REGISTRY= each */
	size_t n_registries;
	const char *file;
	const char *target;   /* "kubernetes prod", "rancher prod" */
	const char *identity; /* "" is the default one */
	const char *error;    /* reason.code */
	int64_t expires_at;
};

/* program: the name in front of each line and SYSLOG_IDENTIFIER; verbose: debug lines too. */
void log_setup(const char *program, bool verbose);

void log_event(enum event event, const struct log_fields *fields, const char *format, ...)
        _printf_(3, 4);

/*
 * To the journal and nowhere else, whatever stderr is: for a program whose own output is read by
 * another program. Returns 0, or a negative errno where it could not be sent; -ENOENT where there
 * is no journal.
 */
int log_event_to_journal(enum event event, const struct log_fields *fields, const char *format, ...)
        _printf_(3, 4);

/* Whether anybody reads what log_debug() says. */
bool log_is_verbose(void);

/* For --verbose only; no MESSAGE_ID. */
void log_debug(const char *format, ...) _printf_(1, 2);

/* A plain error of the command line or the environment. */
void log_error(const char *format, ...) _printf_(1, 2);
