/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Whole chains. Each case runs in a separate process with the case's files as root directory, the
 * system's programs in it for credential_process, and the case's environment.
 */

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "conformance.h"
#include "fetch/providers/provider-chain.h"
#include "identity-fixture.h"
#include "replay.h"

#define CASE_SECONDS 60
#define EXIT_SKIPPED 77

int64_t __wrap_timestamp_now(void);
int64_t __real_timestamp_now(void);

/* The time of the recording, at which the keys were valid; 0 or less: they do not expire. */
static int64_t last_second;

int64_t __wrap_timestamp_now(void)
{
	int64_t now = __real_timestamp_now();

	return last_second > 0 && last_second < now ? last_second : now;
}

/* One case on disk. */
struct chain_case {
	struct json_object *environment, *traffic, *test;
	char files[PATH_MAX];
	bool is_explicit; /* the ini names the profile */
};

static bool write_file(const char *path, const char *text)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && file_write_all(fd, text, strlen(text)) == 0;
}

/* Enters a name space in which mounting is allowed. */
static bool become_mounter(void)
{
	_cleanup_(freep) char *uids = xasprintf("0 %u 1", geteuid());
	_cleanup_(freep) char *gids = xasprintf("0 %u 1", getegid());

	if (geteuid() != 0)
		return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
		       write_file("/proc/self/setgroups", "deny") &&
		       write_file("/proc/self/uid_map", uids) &&
		       write_file("/proc/self/gid_map", gids);
	return unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0;
}

static void copy_files(const char *from, const char *to)
{
	pid_t child = access(from, F_OK) == 0 ? fork() : -1;

	if (child == 0) {
		execlp("cp", "cp", "-rT", from, to, NULL);
		_exit(1);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

/* Makes the case's files the root directory. */
static bool enter(const char *files, const char *root)
{
	static const char *const shared[] = {
	        "/bin", "/dev", "/lib", "/lib64", "/proc", "/sbin", "/usr"};

	if (!become_mounter() || mount("tmpfs", root, "tmpfs", 0, "size=1m") < 0)
		return false;
	copy_files(files, root);
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		_cleanup_(freep) char *place = xasprintf("%s%s", root, shared[i]);

		if (access(shared[i], F_OK) == 0 &&
		        (mkdir(place, 0755) < 0 ||
		                mount(shared[i], place, NULL, MS_BIND | MS_REC, NULL) < 0))
			return false;
	}
	return chroot(root) == 0 && chdir("/") == 0;
}

static void check_credentials(const struct credentials *c, struct json_object *wanted)
{
	const char *account = member_string(wanted, "account_id");
	const char *token = member_string(wanted, "session_token");
	int64_t expiry = json_object_get_int64(member(wanted, "expiry"));

	CHECK_STRING(c->access_key_id, member_string(wanted, "access_key_id"));
	CHECK_STRING(
	        secret_string(&c->secret_access_key), member_string(wanted, "secret_access_key"));
	CHECK_STRING(secret_string(&c->session_token), token ? token : "");
	/* Expired credentials of IMDS are used, and requested again soon. */
	if (expiry > 0 && expiry < timestamp_now() && strcmp(c->provider, "imds") == 0)
		CHECK(c->expires_at > timestamp_now());
	else
		CHECK_INT(c->expires_at, expiry);
	if (c->account_id && account)
		CHECK_STRING(c->account_id, account);
	CHECK(c->provider != NULL);
	CHECK_INT((long long)n_unexpected, 0);
	for (size_t i = 0; i < n_exchanges; i++)
		CHECK(exchanges[i].is_used);
}

/*
 * The recorded errors and our messages. url: a request for it may be missing in the recording (the
 * SDKs stop at the first failure, but we retry or go on); no other may; NULL: none.
 */
static void check_error(const struct reason *reason, const char *theirs)
{
	static const struct {
		const char *theirs, *ours, *url;
	} words[] = {
	        {"No such file or directory", "No such file or directory", NULL},
	        {"the credential provider was not enabled", "EC2 metadata: ", NULL},
	        {"IMDS is disabled", "EC2 metadata: ", "http://169.254.169.254/latest/meta-data/"},
	        {"an error occurred while loading credentials", "SSO: ", "https://portal.sso."},
	        {"`role_arn` was missing", "web_identity_token_file but no role_arn", NULL},
	        {"InvalidIdentityTokenException: ", "HTTP 400 InvalidIdentityToken: ", NULL},
	        {"external process", "the output of the credential_process of ", NULL},
	        {"could not parse profile file", "/.aws/config:", NULL},
	        {"an access token instead of credentials", "a token but no credentials",
	                "http://169.254.169.254/latest/api/token"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!theirs || !strstr(theirs, words[i].theirs))
			continue;
		tap_check(strstr(reason->text, words[i].ours), __FILE__, __LINE__,
		        "not \"%s\" but: %s", words[i].ours, reason->text);
		for (size_t k = 0; k < n_unexpected; k++)
			CHECK(k < UNEXPECTED_MAX && words[i].url &&
			        strncmp(unexpected[k], words[i].url, strlen(words[i].url)) == 0);
		return;
	}
	/* For an error that is not in the table any reason will do. */
	tap_check(strlen(reason->text) > strlen(reason->code) + 10, __FILE__, __LINE__,
	        "no reason for \"%s\": %s", theirs ? theirs : "(none)", reason->text);
}

/* Runs a case; returns the exit status of its process. */
static int resolve(const struct chain_case *c)
{
	_cleanup_(identity_done) struct identity identity = {};
	_cleanup_(credentials_done) struct credentials credentials = {};
	struct json_object *ok = member(member(c->test, "result"), "Ok");
	struct reason reason = {};
	int r;

	fixture_environment(c->environment);
	fixture_choose(c->is_explicit ? getenv("AWS_PROFILE") ?: "default" : NULL);
	CHECK(replay_load(c->traffic));
	if (ok && n_exchanges == 0)
		last_second = json_object_get_int64(member(ok, "expiry")) - 1;
	r = fixture_open(&identity, &reason);
	if (r == 0)
		r = provider_chain_resolve(&identity, &credentials, &reason, NULL);
	if (ok && CHECK_INT(r, 0))
		check_credentials(&credentials, ok);
	if (!ok && CHECK(r < 0 && *reason.code))
		check_error(&reason, member_string(member(c->test, "result"), "ErrorContains"));
	if (tap_case_failed)
		printf("# %s\n", reason.text);
	return tap_case_failed;
}

/* Runs a case in a child process; returns its exit status, or -1 if it crashed. */
static int run(const struct chain_case *c, const char *root)
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		alarm(CASE_SECONDS);
		status = enter(c->files, root) ? resolve(c) : EXIT_SKIPPED;
		fflush(stdout);
		_exit(status);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static struct json_object *load(const char *folder, const char *name)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", folder, name);

	return json_object_from_file(path);
}

static void check_case(const char *folder, const char *set, const char *name)
{
	struct chain_case c = {.environment = load(folder, "env.json"),
	        .traffic = load(folder, "http-traffic.json"),
	        .test = load(folder, "test-case.json"),
	        .is_explicit = strcmp(set, "profile") == 0};
	char root[] = "/tmp/ecr-test-chain-XXXXXX";
	int status;

	snprintf(c.files, sizeof(c.files), "%s/fs", folder);
	tap_begin("%s/%s", set, name);
	if (!CHECK(c.test && c.environment && c.traffic && mkdtemp(root))) {
		tap_end();
		return;
	}
	status = run(&c, root);
	rmdir(root);
	if (status == EXIT_SKIPPED) {
		tap_skip(tap_name, "needs root, or user name spaces, to change the root directory");
	} else {
		CHECK_INT(status, 0);
		tap_end();
	}
	json_object_put(c.environment);
	json_object_put(c.traffic);
	json_object_put(c.test);
}

static int is_case(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void check_set(const char *set)
{
	_cleanup_(freep) char *name = xasprintf("chain/%s", set);
	struct dirent **entries = NULL;
	char path[PATH_MAX], folder[PATH_MAX + 256 + 1];
	int n;

	if (!conformance_path(name, path))
		return;
	n = scandir(path, &entries, is_case, alphasort);
	if (n <= 0)
		conformance_fail(name, "has no cases");
	for (int i = 0; i < n; i++) {
		snprintf(folder, sizeof(folder), "%s/%s", path, entries[i]->d_name);
		check_case(folder, set, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

int main(void)
{
	check_set("default");
	check_set("profile");
	return tap_finish();
}
