/* SPDX-License-Identifier: Apache-2.0 */
#include "check/unit-state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

static void set_property(struct unit_state *u, const char *line, size_t size)
{
	const struct {
		const char *name;
		char *value;
		size_t size;
	} strings[] = {
	        {"Id=", u->id, sizeof(u->id)},
	        {"LoadState=", u->load, sizeof(u->load)},
	        {"ActiveState=", u->active, sizeof(u->active)},
	        {"UnitFileState=", u->enabled, sizeof(u->enabled)},
	        {"Result=", u->result, sizeof(u->result)},
	        {"NextElapseUSecRealtime=", u->next, sizeof(u->next)},
	};

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		size_t n = strlen(strings[i].name);

		if (size < n || strncmp(line, strings[i].name, n) != 0)
			continue;
		snprintf(strings[i].value, strings[i].size, "%.*s", (int)(size - n), line + n);
		text_sanitize(strings[i].value);
	}
	if (strncmp(line, "ExecMainStatus=", 15) == 0)
		u->status = atoi(line + 15);
	if (strncmp(line, "NeedDaemonReload=yes", 20) == 0)
		u->needs_reload = true;
}

size_t unit_states_parse(const char *text, struct unit_state *ret, size_t max)
{
	size_t n = 0;
	bool is_open = false;

	for (const char *line = text, *end; *line; line = end + (*end == '\n')) {
		end = strchrnul(line, '\n');
		if (end == line) {
			is_open = false; /* a blank line between two units */
			continue;
		}
		if (!is_open) {
			if (n == max)
				break;
			ret[n++] = (struct unit_state){};
			is_open = true;
		}
		set_property(&ret[n - 1], line, (size_t)(end - line));
	}
	return n;
}
