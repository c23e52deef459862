/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * libsystemd, loaded when it is first needed: it and the libraries it is linked to take longer to
 * load than most runs take for all else. Where nobody listens it is never loaded, and where it is
 * missing the program goes on without.
 */

#include <stdbool.h>
#include <sys/uio.h>

#include "base/cleanup.h"
#include "base/reason.h"

/* Whether systemd is this system's init (sd_booted(3)). */
bool systemd_is_running(void);

/* Tells the service manager, as sd_notifyf(3) does; nothing where none has asked to be told. */
void systemd_notify(const char *format, ...) _printf_(1, 2);

/* Whether there is a journal to send to (systemd-journald.service(8)). */
bool systemd_has_journal(void);

/* sd_journal_sendv(3). Returns 0 or a negative errno: -ENOPKG where there is no libsystemd. */
int systemd_journal_send(const struct iovec *fields, int n);

/*
 * For systemd-bus.h: after success all its functions may be called. Returns 0, or -ENOPKG with a
 * reason.
 */
int systemd_load(struct reason *ret_reason);
