/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of users whose look was not started, or did not come to its end. */
#include "check/probe/probe-process.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "tap.h"

#define SEEN "/home/somebody/.docker/config.json"

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

static void look_at(const char *user, struct user_facts *ret)
{
	struct tokens tokens = {};
	struct probe_process look = {.request = {.user = user}};

	probe_processes_run(&look, 1, &tokens, ret);
	probe_process_done(&look);
}

static void test_end(const char *user, size_t n_facts)
{
	struct user_facts facts;

	tap_begin("%s: %zu facts", user, n_facts);
	look_at(user, &facts);
	CHECK(!facts.is_incomplete && !facts.has_died);
	CHECK_INT(facts.facts.count, n_facts);
	user_facts_done(&facts);
	tap_end();
}

static void test_no_end(const char *name, const char *user)
{
	struct user_facts facts;

	tap_begin("%s", name);
	look_at(user, &facts);
	CHECK(facts.is_incomplete && facts.has_died);
	CHECK_STRING(facts.user, user);
	user_facts_done(&facts);
	tap_end();
}

/* Nobody else's look suffers from it. */
static void test_batch(void)
{
	struct probe_process looks[] = {{.request = {.user = "found"}},
	        {.request = {.user = "killed"}}, {.request = {.user = "found"}}};
	struct user_facts facts[3];
	struct tokens tokens = {};

	tap_begin("beside others");
	probe_processes_run(looks, 3, &tokens, facts);
	for (size_t i = 0; i < 3; i++) {
		CHECK_INT(facts[i].is_incomplete, i == 1);
		CHECK_INT(facts[i].facts.count, i != 1);
		probe_process_done(&looks[i]);
		user_facts_done(&facts[i]);
	}
	tap_end();
}

int main(void)
{
	test_end("nothing", 0);
	test_end("found", 1);
	test_end("crowded", FACTS_MAX);
	test_no_end("killed", "killed");
	test_batch();
	has_processes = false;
	test_no_end("not started", "found");
	return tap_finish();
}
