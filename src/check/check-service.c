/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The units: is the timer active, did the last run succeed, is every file watched. systemctl is
 * asked, because it can reach both the system's and the user's manager. systemd controls its
 * output.
 */
#include "check/check-service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/subprocess.h"
#include "base/systemd.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "check/unit-state.h"
#include "write/watch.h"

#define TIMER "ecr-refresher.timer"
#define PATH_UNIT "ecr-refresher.path"
#define SERVICE "ecr-refresher.service"
#define SYSTEMCTL_TIMEOUT_USEC (10 * USEC_PER_SEC)
#define MAX_UNITS (3 + WATCH_MAX)

/* The package's three, and one for each watched file. */
struct units {
	struct unit_state items[MAX_UNITS];
	size_t count;
};

static const struct unit_state *find_unit(const struct units *units, const char *id)
{
	static const struct unit_state none = {.load = "not-found", .active = "inactive"};

	for (size_t i = 0; i < units->count; i++)
		if (strcmp(units->items[i].id, id) == 0)
			return &units->items[i];
	return &none;
}

/* Runs `systemctl show`. Returns 0 or a negative errno. */
static int read_units(const struct check_context *c, struct units *ret)
{
	const char *argv[6 + MAX_UNITS] = {"systemctl",
	        c->scope == SCOPE_OWN ? "--user" : "--system", "show", "--no-pager",
	        "--property=" UNIT_STATE_PROPERTIES};
	_secret_ struct secret text = {};
	char *watches[WATCH_MAX];
	size_t n = 5, n_watches = 0;
	int r, status = 0;

	argv[n++] = TIMER;
	argv[n++] = PATH_UNIT;
	argv[n++] = SERVICE;
	for (size_t i = 0; i < c->status.n_files && n_watches < WATCH_MAX - 1; i++) {
		char *name =
		        c->status.files[i].path ? watch_unit_name(c->status.files[i].path) : NULL;

		if (name)
			argv[n++] = watches[n_watches++] = name;
	}
	r = subprocess_run(&(struct subprocess){.argv = argv},
	        monotonic_now() + SYSTEMCTL_TIMEOUT_USEC, &text, &status);
	while (n_watches > 0)
		free(watches[--n_watches]);
	ret->count = unit_states_parse(secret_string(&text), ret->items, MAX_UNITS);
	if (r < 0)
		return r;
	return status == 0 && ret->count > 0 ? 0 : -EIO;
}

static void report_timer_state(
        const struct check_context *c, const struct unit_state *timer, struct findings *ret)
{
	struct finding *f;

	if (strcmp(timer->active, "active") != 0) {
		f = findings_add_bad(ret, "timer-stopped", TIMER " is not active (%s)",
		        *timer->active ? timer->active : "unknown");
		finding_add_line(f, "nothing renews the tokens automatically");
		finding_add_command(f, "%s enable --now " TIMER, check_context_systemctl(c));
	} else if (strncmp(timer->enabled, "enabled", 7) != 0) {
		f = findings_add_bad(ret, "timer-disabled", TIMER " is active, but %s",
		        *timer->enabled ? timer->enabled : "not enabled");
		finding_add_line(f, "it will not be started at the next boot");
		finding_add_command(f, "%s enable " TIMER, check_context_systemctl(c));
	} else {
		findings_add(ret, FINDING_GOOD, TIMER " is active%s%s",
		        *timer->next ? "; next run " : "", timer->next);
	}
}

static void report_timer(
        const struct check_context *c, const struct units *units, struct findings *ret)
{
	const struct unit_state *timer = find_unit(units, TIMER);
	struct finding *f;

	if (strcmp(timer->load, "not-found") == 0) {
		f = findings_add_bad(ret, "units-missing", TIMER " is not installed");
		finding_add_line(f, "systemd has no such unit; reinstall the package, then:");
		finding_add_command(f, "%s daemon-reload", check_context_systemctl(c));
	} else if (strcmp(timer->load, "masked") == 0) {
		f = findings_add_bad(ret, "unit-masked", TIMER " is masked");
		finding_add_command(f, "%s unmask " TIMER " && %s enable --now " TIMER,
		        check_context_systemctl(c), check_context_systemctl(c));
	} else {
		report_timer_state(c, timer, ret);
	}
}

static void report_failed_run(
        const struct check_context *c, const struct unit_state *service, struct findings *ret)
{
	bool has_status = strcmp(service->result, "exit-code") == 0;
	_cleanup_(freep) char *why = has_status ? xasprintf("exit status %d", service->status)
	                                        : xstrdup(service->result);
	struct finding *f = findings_add_bad(
	        ret, "service-failed", "the last run of " SERVICE " failed (%s)", why);

	if (has_status && service->status == EXIT_FAILURE)
		finding_add_line(f,
		        "a registry or a file failed; if no finding below explains it, %s",
		        c->scope == SCOPE_USER_OF_HOST
		                ? "it belongs to another user, or has been fixed since"
		                : "it has been fixed since");
	else
		finding_add_line(f, "the journal has the reason; a drop-in may be wrong");
	finding_add_command(f, "%sjournalctl -x%su ecr-refresher -n 30",
	        c->scope == SCOPE_OWN ? "" : "sudo ", c->scope == SCOPE_OWN ? " --user -" : "");
	finding_add_command(f, "%s start " SERVICE, check_context_systemctl(c));
}

static void report_service(
        const struct check_context *c, const struct units *units, struct findings *ret)
{
	const struct unit_state *service = find_unit(units, SERVICE);
	struct finding *f;

	if (strcmp(service->load, "masked") == 0) {
		f = findings_add_bad(ret, "unit-masked", SERVICE " is masked");
		finding_add_command(f, "%s unmask " SERVICE, check_context_systemctl(c));
	} else if (*service->result && strcmp(service->result, "success") != 0) {
		report_failed_run(c, service, ret);
	}
	for (size_t i = 0; i < units->count; i++) {
		if (!units->items[i].needs_reload)
			continue;
		f = findings_add_bad(ret, "daemon-reload",
		        "%s was changed on disk, and systemd has not reloaded it",
		        units->items[i].id);
		finding_add_command(f, "%s daemon-reload", check_context_systemctl(c));
		return;
	}
}

static void report_watch(const struct check_context *c, const struct unit_state *u,
        const char *what, struct findings *ret)
{
	struct finding *f = findings_add_bad(ret, "watch-failed", "%s is not watched", what);

	finding_add_line(f, "%s is %s (%s); only the next run of the timer notices a change", u->id,
	        u->active, u->result);
	if (strcmp(u->active, "failed") == 0)
		finding_add_command(f, "%s reset-failed '%s'", check_context_systemctl(c), u->id);
	if (strcmp(u->id, PATH_UNIT) == 0)
		finding_add_command(f, "%s start " PATH_UNIT, check_context_systemctl(c));
	else
		finding_add_command(f, "%s start " SERVICE, check_context_systemctl(c));
}

static void report_watches(
        const struct check_context *c, const struct units *units, struct findings *ret)
{
	struct finding *f;

	/* Paths are watched only while the timer is active. */
	if (strcmp(find_unit(units, TIMER)->active, "active") != 0)
		return;
	if (*c->status.watch_failure.code) {
		f = findings_add_bad(ret, "watch-failed", "not every file is watched");
		finding_add_line(f, "%s", c->status.watch_failure.text);
	}
	for (size_t i = 0; i < units->count; i++) {
		const struct unit_state *u = &units->items[i];
		bool is_config = strcmp(u->id, PATH_UNIT) == 0;
		bool is_instance = strncmp(u->id, "ecr-refresher@", 14) == 0;

		if (is_config && strcmp(u->active, "active") != 0)
			report_watch(c, u, "the ini", ret);
		else if (is_instance && strcmp(u->active, "failed") == 0)
			report_watch(c, u, "a file", ret);
	}
}

void check_service(struct check_context *c, struct findings *ret)
{
	struct units units = {};
	struct finding *f;
	int r;

	if (!systemd_is_running()) {
		f = findings_add(ret, FINDING_GOOD, "systemd is not running here");
		finding_add_line(f, "nothing renews the tokens automatically: let cron or the like "
		                    "run 'ecr-refresher refresh' every 15 minutes");
		return;
	}
	r = read_units(c, &units);
	if (r < 0) {
		f = findings_add_bad(
		        ret, "no-bus", "%s does not answer", check_context_systemctl(c));
		finding_add_line(f, "systemctl: %s; is dbus installed and running?", strerror(-r));
		if (c->scope == SCOPE_OWN)
			finding_add_line(f,
			        "a user's own service needs a login through PAM, or "
			        "lingering (sudo loginctl enable-linger %s)",
			        c->user ? c->user : "USER");
		return;
	}
	if (c->scope != SCOPE_USER_OF_HOST && c->status.n_registries == 0 &&
	        c->config.n_users == 0 && !published_is_of_environment(&c->published, &c->config))
		return; /* installed, but not configured yet */
	report_timer(c, &units, ret);
	report_service(c, &units, ret);
	report_watches(c, &units, ret);
}
