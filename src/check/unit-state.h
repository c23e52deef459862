/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The state of units, as `systemctl show` prints it. systemd controls the text. */

#include <stdbool.h>
#include <stddef.h>

struct unit_state {
	char id[256];
	char load[32];    /* "loaded", "not-found", "masked", "bad-setting" */
	char active[32];  /* "active", "inactive", "failed", "activating" */
	char enabled[32]; /* "enabled", "disabled", "static", "masked", or "" */
	char result[64];  /* "success", "exit-code", "timeout", "trigger-limit-hit" … */
	char next[64];    /* when a timer elapses, as systemd writes it */
	int status;       /* ExecMainStatus of a service */
	bool needs_reload;
};

/* The properties that fill one, for --property=. */
#define UNIT_STATE_PROPERTIES                                                                      \
	"Id,LoadState,ActiveState,UnitFileState,Result,NextElapseUSecRealtime,ExecMainStatus,"     \
	"NeedDaemonReload"

/* Parses the units of the output, one block each. Pure. Returns how many it filled in. */
size_t unit_states_parse(const char *text, struct unit_state *ret, size_t max);
