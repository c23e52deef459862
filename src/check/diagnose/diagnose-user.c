/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All findings about one user, and the failures of the last run that they do not explain. The user
 * controls the files.
 */
#include "check/diagnose/diagnose-user.h"

#include <string.h>

#include "check/diagnose/diagnose-entries.h"
#include "check/diagnose/diagnose-files.h"
#include "check/diagnose/diagnose-helpers.h"
#include "check/diagnose/diagnose-overrides.h"

/* Reports whether a fact explains why this file failed. */
static bool is_explained(const struct facts *facts, const struct status_file *file)
{
	static const enum fact_kind kinds[] = {
	        FACT_FILE_MISSING, FACT_FILE_UNREADABLE, FACT_FILE_UNWRITABLE, FACT_FILE_BROKEN};
	const char *end = file->file[0] == '~' ? file->file + 1 : file->file;

	if (facts_has(facts, FACT_NO_USER, NULL) || facts_has(facts, FACT_NO_HOME, NULL))
		return true;
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->items[i];
		size_t n = strlen(fact->path), n_end = strlen(end);

		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			if (fact->kind == kinds[k] && n >= n_end &&
			        strcmp(fact->path + n - n_end, end) == 0 &&
			        (kinds[k] != FACT_FILE_MISSING || !*file->failure.code))
				return true;
	}
	return false;
}

/* Reports what failed in the last run, unless a fact explains it. */
static void report_failures(
        const struct check_context *c, const struct user_facts *u, struct findings *ret)
{
	for (size_t i = 0; i < c->status.n_files; i++) {
		const struct status_file *file = &c->status.files[i];
		struct finding *f;

		if (strcmp(file->user, u->user) != 0 || !*file->failure.code ||
		        is_explained(&u->facts, file))
			continue;
		f = findings_add_bad(ret, "file-failed", "%s: the last run could not write %s",
		        u->user, file->path ? file->path : file->file);
		finding_add_line(f, "%s", file->failure.text);
		finding_add_command(f, "%s", check_context_refresh(c));
	}
}

/* Returns the variables that the probe honoured, or "". */
static const char *find_variables(const struct user_facts *u)
{
	for (size_t i = 0; i < u->facts.count; i++)
		if (u->facts.items[i].kind == FACT_ENVIRONMENT)
			return u->facts.items[i].detail;
	return "";
}

/* Says which environment the probe had: a variable in a profile or unit can change every result. */
static void add_environment(const struct user_facts *u, struct finding *f)
{
	if (u->explains_environment)
		finding_add_line(f,
		        "(assuming a login without DOCKER_CONFIG, REGISTRY_AUTH_FILE and the "
		        "like; 'ecr-refresher check' honours them if the user runs it)");
	else if (*find_variables(u))
		finding_add_line(f, "(with this shell's %s)", find_variables(u));
}

void diagnose_user(const struct check_context *c, const struct user_facts *u, struct findings *ret)
{
	size_t first = ret->count;
	struct finding *f;

	if (u->has_died) {
		f = findings_add_bad(
		        ret, "user-timeout", "%s: the check of the files did not finish", u->user);
		finding_add_line(f,
		        "its process could not be started, or was killed; is the host out "
		        "of memory, or the user out of processes (ulimit -u)?");
		return;
	}
	if (u->is_incomplete) {
		f = findings_add_bad(ret, "user-timeout", "%s: the files do not answer", u->user);
		finding_add_line(f,
		        "no answer within 10 s; does the file system of the home directory "
		        "respond?");
		return;
	}
	for (size_t i = 0; i < u->facts.count; i++) {
		struct diagnosis d = {c, u, &u->facts.items[i], ret};

		(void)(diagnose_file_fact(&d) || diagnose_entry_fact(&d) ||
		        diagnose_helper_fact(&d) || diagnose_override_fact(&d));
	}
	report_failures(c, u, ret);
	if (ret->count > first)
		add_environment(u, &ret->items[first]);
}
