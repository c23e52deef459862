/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A status as JSON: for other programs, and as the file that one user may read. */

#include "status/status.h"

/*
 * Formats judged statuses as JSON for other programs, with a newline at the end;
 * etc/status.schema.json describes it.
 */
void status_format_json(const struct status *list, size_t n, struct secret *ret);

/* Formats one as JSON for status_parse(), without what depends on the time. */
void status_format_for(const struct status *s, const char *user, struct secret *ret);

/*
 * Pure. Parses what status_format_for() wrote; it is not judged yet. Returns 0, or -EBADMSG with a
 * reason and *ret untouched.
 */
int status_parse(const char *data, size_t size, struct status *ret, struct reason *ret_reason);
