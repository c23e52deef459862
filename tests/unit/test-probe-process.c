/* SPDX-License-Identifier: Apache-2.0 */
/* The facts about users whose probe did not start, or did not finish. */
#include "check/probe/probe-process.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "tap.h"

#define SEEN "/home/alice/.docker/config.json"

pid_t __real_fork(void);
pid_t __wrap_fork(void);
void __wrap_probe_user(const struct probe_request *request, struct facts *ret);

static bool has_processes = true;

pid_t __wrap_fork(void)
{
	if (has_processes)
		return __real_fork();
	errno = EAGAIN;
	return -1;
}

/* In the child. */
void __wrap_probe_user(const struct probe_request *request, struct facts *ret)
{
	if (strcmp(request->user, "killed") == 0)
		raise(SIGKILL);
	for (unsigned i = 0; strcmp(request->user, "crowded") == 0 && i < FACTS_MAX; i++) {
		char path[16];

		snprintf(path, sizeof(path), "/%u", i);
		facts_add(ret, FACT_SEEN, 0, path, NULL, NULL);
	}
	if (strcmp(request->user, "found") == 0)
		facts_add(ret, FACT_SEEN, 0, SEEN, NULL, NULL);
}

static void probe(const char *user, struct user_facts *ret)
{
	struct tokens tokens = {};
	struct probe_process process = {.request = {.user = user}};

	probe_processes_run(&process, 1, &tokens, ret);
	probe_process_done(&process);
}

static void test_finished(const char *user, size_t n_facts)
{
	struct user_facts facts;

	tap_begin("%s: %zu facts", user, n_facts);
	probe(user, &facts);
	CHECK(!facts.is_incomplete && !facts.has_died);
	CHECK_INT(facts.facts.count, n_facts);
	user_facts_done(&facts);
	tap_end();
}

static void test_unfinished(const char *name, const char *user)
{
	struct user_facts facts;

	tap_begin("%s", name);
	probe(user, &facts);
	CHECK(facts.is_incomplete && facts.has_died);
	CHECK_STRING(facts.user, user);
	user_facts_done(&facts);
	tap_end();
}

/* The probes of other users are not affected. */
static void test_batch(void)
{
	struct probe_process probes[] = {{.request = {.user = "found"}},
	        {.request = {.user = "killed"}}, {.request = {.user = "found"}}};
	struct user_facts facts[3];
	struct tokens tokens = {};

	tap_begin("a killed probe among others");
	probe_processes_run(probes, 3, &tokens, facts);
	for (size_t i = 0; i < 3; i++) {
		CHECK_INT(facts[i].is_incomplete, i == 1);
		CHECK_INT(facts[i].facts.count, i != 1);
		probe_process_done(&probes[i]);
		user_facts_done(&facts[i]);
	}
	tap_end();
}

int main(void)
{
	test_finished("nothing", 0);
	test_finished("found", 1);
	test_finished("crowded", FACTS_MAX);
	test_unfinished("killed", "killed");
	test_batch();
	has_processes = false;
	test_unfinished("not started", "found");
	return tap_finish();
}
