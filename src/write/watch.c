/* SPDX-License-Identifier: Apache-2.0 */
/* Starts and stops the path units. Users control the paths; root alone talks to systemd. */
#include "write/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/systemd-bus.h"
#include "base/systemd.h"
#include "base/timespan.h"

#define UNIT_NAME_MAX 255
#define PREFIX "ecr-refresher@"
#define SUFFIX ".path"
#define TIMER "ecr-refresher.timer"
#define MOUNTINFO_MAX_SIZE (4 * 1024 * 1024)
#define BUS_TIMEOUT_USEC (5 * USEC_PER_SEC)
#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER SYSTEMD, "/org/freedesktop/systemd1", SYSTEMD ".Manager"

/* systemd.unit(5), "String Escaping for Inclusion in Unit Names". */
static bool needs_no_escape(char c, bool is_first)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == ':' || c == '_' || (c == '.' && !is_first);
}

char *watch_unit_name(const char *path)
{
	_cleanup_(freep) char *name = xcalloc(1, strlen(path) * 4 + sizeof(PREFIX SUFFIX));
	char *at = stpcpy(name, PREFIX), *first = at;

	for (const char *c = path + strspn(path, "/"); *c; c++) {
		if (*c == '/')
			*at++ = '-';
		else if (needs_no_escape(*c, at == first))
			*at++ = *c;
		else
			at += sprintf(at, "\\x%02x", (unsigned char)*c);
	}
	stpcpy(at, SUFFIX);
	return strlen(name) <= UNIT_NAME_MAX ? TAKE_PTR(name) : NULL;
}

/* A unit that systemd has loaded. */
struct unit {
	char *name;
	bool is_active;
	bool is_wanted;
};

struct units {
	struct unit *items;
	size_t count;
	bool timer_is_active;
};

static void units_done(struct units *u)
{
	for (size_t i = 0; i < u->count; i++)
		free(u->items[i].name);
	free(u->items);
}

static int read_unit(sd_bus_message *m, struct units *units)
{
	const char *name, *active;
	int r = sym_sd_bus_message_read(
	        m, "(ssssssouso)", &name, NULL, NULL, &active, NULL, NULL, NULL, NULL, NULL, NULL);
	bool is_active;
	struct unit *u;

	if (r <= 0)
		return r;
	is_active = strcmp(active, "active") == 0 || strcmp(active, "activating") == 0 ||
	            strcmp(active, "reloading") == 0;
	if (strcmp(name, TIMER) == 0) {
		units->timer_is_active = is_active;
		return 1;
	}
	u = array_append(&units->items, &units->count, sizeof(*u));
	u->name = xstrdup(name);
	u->is_active = is_active;
	return 1;
}

static int list_units(sd_bus *bus, struct units *units)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	char *patterns[] = {(char *)TIMER, (char *)PREFIX "*" SUFFIX, NULL};
	int r = sym_sd_bus_message_new_method_call(bus, &call, MANAGER, "ListUnitsByPatterns");

	if (r >= 0)
		r = sym_sd_bus_message_append_strv(call, (char *[]){NULL});
	if (r >= 0)
		r = sym_sd_bus_message_append_strv(call, patterns);
	if (r >= 0)
		r = sym_sd_bus_call(bus, call, 0, NULL, &reply);
	if (r >= 0)
		r = sym_sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
	while (r > 0)
		r = read_unit(reply, units);
	return r;
}

static int call_unit_method(
        sd_bus *bus, const char *method, const char *unit, struct reason *ret_reason)
{
	_cleanup_(bus_error_done) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sym_sd_bus_call_method(bus, MANAGER, method, &error, NULL, "ss", unit, "replace");

	if (r < 0)
		return reason_set(ret_reason, -r, "watch",
		        "%s cannot be %s: %s; the timer still serves the file", unit,
		        strcmp(method, "StartUnit") == 0 ? "started" : "stopped",
		        error.message ? error.message : strerror(-r));
	return 0;
}

/* Marks a unit as wanted; takes its name. Returns whether it was not marked before. */
static bool mark_wanted(struct units *units, char *name)
{
	struct unit *u;

	for (size_t i = 0; i < units->count; i++)
		if (strcmp(units->items[i].name, name) == 0) {
			bool is_new = !units->items[i].is_wanted;

			units->items[i].is_wanted = true;
			free(name);
			return is_new;
		}
	u = array_append(&units->items, &units->count, sizeof(*u));
	*u = (struct unit){.name = name, .is_wanted = true};
	return true;
}

/* Reports whether a path is below an autofs mount, for which PID 1 would wait for itself. */
static bool is_below_autofs(const char *path, const char *mountinfo)
{
	for (const char *line = mountinfo; line && *line; line = strchr(line, '\n')) {
		char point[4096];
		size_t n;

		line += *line == '\n';
		if (sscanf(line, "%*s %*s %*s %*s %4095s", point) != 1)
			continue;
		n = strlen(point);
		if (strncmp(path, point, n) == 0 && path[n] == '/' && strstr(line, " - autofs ") &&
		        strstr(line, " - autofs ") < strchrnul(line, '\n'))
			return true;
	}
	return false;
}

static int mark_paths(
        struct units *units, char *const *paths, size_t n_paths, struct reason *ret_reason)
{
	_secret_ struct secret mountinfo = {};
	size_t wanted = 0, i;

	file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX_SIZE, &mountinfo);
	for (i = 0; i < n_paths && wanted < WATCH_MAX; i++) {
		char *name = is_below_autofs(paths[i], secret_string(&mountinfo))
		                     ? NULL
		                     : watch_unit_name(paths[i]);

		if (!name)
			continue;
		wanted += mark_wanted(units, name);
	}
	if (i < n_paths)
		return reason_set(ret_reason, E2BIG, "watch-limit",
		        "at most %zu files are watched; the timer alone serves the other %zu",
		        (size_t)WATCH_MAX, n_paths - i);
	return 0;
}

static int start_and_stop_units(sd_bus *bus, const struct units *units, struct reason *ret_reason)
{
	int result = 0;

	for (size_t i = 0; i < units->count; i++) {
		const struct unit *u = &units->items[i];
		int r = 0;

		if (u->is_wanted && !u->is_active)
			r = call_unit_method(bus, "StartUnit", u->name, ret_reason);
		else if (!u->is_wanted && u->is_active)
			r = call_unit_method(bus, "StopUnit", u->name, ret_reason);
		if (r < 0)
			result = r;
		if (r == -ETIMEDOUT)
			break; /* systemd does not answer: do not wait for each of the others */
	}
	return result;
}

int watch_update(bool is_system, char *const *paths, size_t n_paths, struct reason *ret_reason)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	_cleanup_(units_done) struct units units = {};
	int r, limit;

	if (!systemd_is_running())
		return 0;
	r = systemd_load(ret_reason);
	if (r < 0)
		return reason_prefix(
		        ret_reason, r, "files are not watched, the timer alone serves them: ");
	r = is_system ? sym_sd_bus_open_system(&bus) : sym_sd_bus_open_user(&bus);
	if (r >= 0)
		r = sym_sd_bus_set_method_call_timeout(bus, BUS_TIMEOUT_USEC);
	if (r >= 0)
		r = list_units(bus, &units);
	if (r < 0)
		return reason_set(ret_reason, -r, "no-bus",
		        "files are not watched, the timer alone serves them: D-Bus: %s; is dbus "
		        "installed?",
		        strerror(-r));
	if (!units.timer_is_active)
		return 0; /* PartOf= has stopped the instances with it */
	limit = mark_paths(&units, paths, n_paths, ret_reason);
	r = start_and_stop_units(bus, &units, ret_reason);
	return r < 0 ? r : limit;
}
