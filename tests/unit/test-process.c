/* SPDX-License-Identifier: Apache-2.0 */
/* credential_process with real processes. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/timestamp.h"
#include "conformance.h"
#include "fetch/identity/identity.h"
#include "fetch/providers/provider-process.h"

#define SECOND UINT64_C(1000000)
#define GOOD "{\"Version\":1,\"AccessKeyId\":\"AKIAX\",\"SecretAccessKey\":\"TOPSECRET\"}"

struct run_result {
	int r;
	struct credentials credentials;
	struct reason reason;
	double seconds;
};

static void outcome_done(struct run_result *o)
{
	credentials_done(&o->credentials);
}

static struct run_result run_for(const char *command, uint64_t limit)
{
	static char key[] = "credential_process", account_key[] = "aws_account_id", name[] = "prod";
	struct profile_property properties[] = {{.key = key}, {.key = account_key}};
	struct profile profile = {.name = name, .properties = properties, .n_properties = 2};
	uint64_t start = monotonic_now();
	struct identity identity = {.deadline = start + limit};
	struct run_result o = {};

	secret_set_string(&properties[0].value, command);
	secret_set_string(&properties[1].value, "123456789012");
	o.r = provider_process(&identity, &profile, &o.credentials, &o.reason);
	o.seconds = (double)(monotonic_now() - start) / SECOND;
	secret_done(&properties[0].value);
	secret_done(&properties[1].value);
	return o;
}

static struct run_result run(const char *command)
{
	return run_for(command, 30 * SECOND);
}

/* The credentials in the file are returned; a missing part is an error. */
static void check_conformance(struct json_object *expected, const struct run_result *o)
{
	const char *id = member_string(expected, "AccessKeyId");
	const char *key = member_string(expected, "SecretAccessKey");
	const char *token = member_string(expected, "SessionToken");
	const char *expiry = member_string(expected, "Expiration");
	int64_t t = 0;
	bool good = id && key && json_object_get_int(member(expected, "Version")) == 1;
	bool is_over = good && expiry && timestamp_parse(expiry, &t) == 0 && t <= timestamp_now();

	if (!good || is_over) {
		CHECK_INT(o->r, is_over ? -EKEYEXPIRED : -EBADMSG);
		CHECK(!is_over || strstr(o->reason.text, "printed keys that expired at "));
		CHECK(strstr(o->reason.text, "profile \"prod\""));
		CHECK(!key || !strstr(o->reason.text, key));
		return;
	}
	if (!CHECK_INT(o->r, 1))
		return;
	CHECK_STRING(o->credentials.access_key_id, id);
	CHECK_STRING(secret_string(&o->credentials.secret_access_key), key);
	CHECK_STRING(secret_string(&o->credentials.session_token), token ? token : "");
	CHECK(!expiry || timestamp_parse(expiry, &t) == 0);
	CHECK_INT(o->credentials.expires_at, t);
}

static void test_conformance(void)
{
	char folder[PATH_MAX];
	struct dirent **files = NULL;
	int n;

	if (!conformance_path("process", folder))
		return;
	n = scandir(folder, &files, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", folder, files[i]->d_name);
		_cleanup_(freep) char *command = xasprintf("cat '%s'", path);
		struct stat st;

		if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
			_cleanup_(outcome_done) struct run_result o = run(command);
			struct json_object *expected = json_object_from_file(path);

			tap_begin("%s", files[i]->d_name);
			check_conformance(expected, &o);
			tap_end();
			json_object_put(expected);
		}
		free(files[i]);
	}
	free(files);
	tap_begin("outputs of other programs");
	CHECK(n > 2);
	tap_end();
}

static void test_good(void)
{
	static const struct {
		const char *name, *command;
	} cases[] = {
	        {"arguments and quotes", "echo '" GOOD "'"},
	        {"a pipe and a variable", "x='" GOOD "'; printf %s \"$x\" | cat"},
	        {"a lot on standard error", "head -c 300000 /dev/zero >&2; echo '" GOOD "'"},
	        {"it reads standard input", "cat; echo '" GOOD "'"},
	        {"null is absent",
	                "echo '{\"Version\":1,\"AccessKeyId\":\"AKIAX\",\"SecretAccessKey\":"
	                "\"TOPSECRET\",\"SessionToken\":null,\"Expiration\":null}'"},
	        {"a background job does not delay it", "sleep 20 & echo '" GOOD "'"},
	        {"it closes its output before it exits", "echo '" GOOD "'; exec >&-; sleep 0.2"},
	        {"no terminal", "! true 2>/dev/null </dev/tty && echo '" GOOD "'"},
	        {"ordinary signals", "sh -c 'kill -PIPE $$'; [ $? = 141 ] && echo '" GOOD "'"},
	        {"only its own descriptors",
	                "for f in /proc/$$/fd/*; do case $f in */[012]) ;; */10) ;; *) [ ! -e $f ] "
	                "|| exit 9;; esac; done; echo '" GOOD "'"},
	};

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(outcome_done) struct run_result o = run(cases[i].command);

		tap_begin("%s", cases[i].name);
		CHECK_INT(o.r, 1);
		CHECK_STRING(o.credentials.access_key_id, "AKIAX");
		CHECK_STRING(o.credentials.account_id, "123456789012");
		CHECK(o.seconds < 10);
		tap_end();
	}
}

static void test_environment(void)
{
	_cleanup_(outcome_done) struct run_result o = {};

	setenv("ECR_TEST_KEY", "AKIAFROMENV", 1);
	o = run("echo '{\"Version\":1,\"SecretAccessKey\":\"s\",\"AccountId\":\"210987654321\","
	        "\"AccessKeyId\":\"'$ECR_TEST_KEY'\"}'");
	tap_begin("the environment is inherited; the output's account has precedence over the "
	          "profile's");
	CHECK_INT(o.r, 1);
	CHECK_STRING(o.credentials.access_key_id, "AKIAFROMENV");
	CHECK_STRING(o.credentials.account_id, "210987654321");
	tap_end();
}

static void test_bad(void)
{
	static const struct {
		const char *name, *command, *part;
		int r;
	} cases[] = {
	        {"an exit code", "echo '" GOOD "'; echo TOPSECRET >&2; exit 3",
	                "exited with code 3", -EREMOTEIO},
	        {"a signal", "kill -TERM $$", "signal 15", -EREMOTEIO},
	        {"no such command", "/nonexistent/command", "exited with code 127", -EREMOTEIO},
	        {"nothing", "true", "is empty", -EBADMSG},
	        {"not JSON", "echo TOPSECRET", "not a JSON", -EBADMSG},
	        {"a list", "echo '[" GOOD "]'", "not a JSON object", -EBADMSG},
	        {"trailing text", "echo '" GOOD " TOPSECRET'", "not a JSON", -EBADMSG},
	        {"a version as a string",
	                "echo '{\"Version\":\"1\",\"AccessKeyId\":\"a\",\"SecretAccessKey\":"
	                "\"TOPSECRET\"}'",
	                "Version 1", -EBADMSG},
	        {"an invalid expiry",
	                "echo '{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":"
	                "\"TOPSECRET\",\"Expiration\":\"TOPSECRET\"}'",
	                "Expiration", -EBADMSG},
	        {"a line break in a token",
	                "printf %s '{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":"
	                "\"s\",\"SessionToken\":\"TOPSECRET\\nX: y\"}'",
	                "session token", -EBADMSG},
	        {"an empty key",
	                "echo '{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"\"}'",
	                "SecretAccessKey", -EBADMSG},
	        {"too much", "yes TOPSECRET", "64 KiB", -EFBIG},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(outcome_done) struct run_result o = run(cases[i].command);

		tap_begin("%s", cases[i].name);
		CHECK_INT(o.r, cases[i].r);
		CHECK(strstr(o.reason.text, cases[i].part));
		CHECK(strstr(o.reason.text, "profile \"prod\""));
		CHECK(!strstr(o.reason.text, "TOPSECRET"));
		CHECK(!o.credentials.access_key_id);
		CHECK(o.seconds < 10);
		tap_end();
	}
}

static void test_deadline(void)
{
	char path[] = "/tmp/test-process-XXXXXX";
	int fd = mkstemp(path);
	_cleanup_(freep) char *command =
	        xasprintf("trap '' TERM; (sleep 2; echo late >%s) & sleep 30; wait", path);
	_cleanup_(outcome_done) struct run_result o = run_for(command, SECOND / 2);
	struct stat st;

	tap_begin("the deadline ends it and its children");
	CHECK_INT(o.r, -ETIMEDOUT);
	CHECK(o.seconds >= 0.4 && o.seconds < 2);
	CHECK(strstr(o.reason.text, "profile \"prod\""));
	sleep(2);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 0);
	tap_end();
	close(fd);
	unlink(path);
}

static bool may_not_kill;
static pid_t forbidden;

int __wrap_kill(pid_t pid, int number);
int __real_kill(pid_t pid, int number);

/* As with a command that runs as another user. */
int __wrap_kill(pid_t pid, int number)
{
	if (!may_not_kill)
		return __real_kill(pid, number);
	forbidden = pid;
	errno = EPERM;
	return -1;
}

static void test_not_killed(void)
{
	_cleanup_(outcome_done) struct run_result o = {};

	may_not_kill = true;
	o = run_for("sleep 30", SECOND / 5);
	may_not_kill = false;
	tap_begin("a command that cannot be killed does not delay it");
	CHECK_INT(o.r, -ETIMEDOUT);
	CHECK(o.seconds < 10);
	CHECK(forbidden < 0 && __real_kill(forbidden, SIGKILL) == 0);
	tap_end();
}

static void test_none(void)
{
	static char name[] = "prod";
	struct profile profile = {.name = name};
	struct identity identity = {};
	struct credentials c = {};
	struct reason why = {};

	tap_begin("a profile without a command is skipped");
	CHECK_INT(provider_process(&identity, &profile, &c, &why), 0);
	CHECK(strstr(why.text, "prod") && strstr(why.text, "credential_process"));
	CHECK_INT(provider_process(&identity, NULL, &c, &why), 0);
	tap_end();
}

int main(void)
{
	test_conformance();
	test_good();
	test_environment();
	test_bad();
	test_deadline();
	test_not_killed();
	test_none();
	return tap_finish();
}
