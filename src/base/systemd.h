/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * libsystemd, loaded on first use: loading it and its libraries takes longer than everything else
 * in most runs. Without the service manager or the journal it is never loaded, and if it is
 * missing, the program continues without it.
 */

#include <stdbool.h>
#include <sys/uio.h>

#include "base/cleanup.h"
#include "base/reason.h"

/* Reports whether systemd is this system's init (sd_booted(3)). */
bool systemd_is_running(void);

/* Notifies the service manager (sd_notifyf(3)); does nothing if there is none. */
void systemd_notify(const char *format, ...) _printf_(1, 2);

/* Reports whether there is a journal to send to (systemd-journald.service(8)). */
bool systemd_has_journal(void);

/*
 * Sends an entry (sd_journal_sendv(3)). Returns 0 or a negative errno: -ENOPKG without libsystemd.
 */
int systemd_journal_send(const struct iovec *fields, int n);

/* Loads the functions of systemd-bus.h. Returns 0, or -ENOPKG with a reason. */
int systemd_load(struct reason *ret_reason);
