/* SPDX-License-Identifier: Apache-2.0 */
/* What a probe of a user's files finds, in a temporary home. */
#include "check/probe/probe-account.h"
#include "check/probe/probe.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "tap.h"

#define HOST "1.dkr.ecr.eu-central-1.amazonaws.com"
#define NEW "QVdTOm5ldw==" /* AWS:new */
#define OLD "QVdTOm9sZA==" /* AWS:old */
#define ENTRY(auth) "\"" HOST "\":{\"auth\":\"" auth "\"}"
#define GOOD "{\"auths\":{" ENTRY(NEW) "}}"

#define DOCKER ".docker/config.json"
#define CONTAINERS ".config/containers/auth.json"
#define RUNTIME "run/containers/auth.json"

static char home[] = "/tmp/test-probe-XXXXXX";

static void put(const char *name, const char *text)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", home, name);
	FILE *f;

	unlink(path);
	if (!text)
		return;
	f = fopen(path, "w");
	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static void put_program(const char *name)
{
	_cleanup_(freep) char *path = xasprintf("%s/bin/%s", home, name);

	put(path + strlen(home) + 1, "");
	chmod(path, 0700);
}

static void clean(void)
{
	put(DOCKER, NULL);
	put(CONTAINERS, NULL);
	put(RUNTIME, NULL);
	put("other/config.json", NULL);
}

/* A directory of the home. */
static void make(const char *name)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", home, name);

	mkdir(path, 0700);
}

static const char *const names[FACT_KIND_COUNT] = {
        [FACT_FOUND] = "found",
        [FACT_BY_HELPER] = "by-helper",
        [FACT_FILE_MISSING] = "missing",
        [FACT_FILE_UNREADABLE] = "unreadable",
        [FACT_FILE_BROKEN] = "broken",
        [FACT_ENTRY_MISSING] = "entry-missing",
        [FACT_ENTRY_OLD] = "old",
        [FACT_ENTRY_FOREIGN] = "foreign",
        [FACT_IDENTITY_TOKEN] = "identity-token",
        [FACT_TWIN] = "twin",
        [FACT_MALFORMED] = "malformed",
        [FACT_HELPER] = "helper",
        [FACT_STORE] = "store",
        [FACT_HELPER_MISSING] = "helper-missing",
        [FACT_HELPER_EMPTY] = "helper-empty",
        [FACT_REPOSITORY_KEY] = "repository",
        [FACT_SHADOWED] = "shadowed",
        [FACT_SHADOW_BROKEN] = "shadow-broken",
        [FACT_DOCKER_CONFIG] = "docker-config",
        [FACT_AUTH_FILE] = "auth-file",
        [FACT_AUTH_CONFIG] = "auth-config",
};

/* Writes "dp found .docker/config.json; …": every fact that has a name. */
static void describe(const struct facts *facts, char *buffer, size_t size)
{
	buffer[0] = '\0';
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *f = &facts->items[i];
		size_t n = strlen(buffer);
		const char *path = f->path;

		if (!names[f->kind])
			continue;
		if (strncmp(path, home, strlen(home)) == 0)
			path += strlen(home) + 1;
		snprintf(buffer + n, size - n, "%s%s%s%s %s %s", n ? "; " : "",
		        f->clients & CLIENT_DOCKER ? "d" : "",
		        f->clients & CLIENT_PODMAN ? "p" : "",
		        f->clients & CLIENT_WATCHTOWER ? "w" : "", names[f->kind], path);
	}
}

struct files_case {
	const char *files[3];
	struct client_environment environment;
	const char *auth_config;
	const struct written *record;
	bool has_no_token;
};

static const char *find(const struct files_case *c)
{
	static const struct secret auth = {.data = (char *)NEW, .size = sizeof(NEW) - 1};
	const struct probe_host host = {HOST, c->has_no_token ? NULL : &auth};
	_cleanup_(facts_done) struct facts facts = {};
	struct probe_request request = {.user = "u",
	        .files = (char *const *)c->files,
	        .hosts = &host,
	        .n_hosts = 1,
	        .record = c->record};
	struct client_environment e = c->environment;
	_cleanup_(freep) char *runtime = xasprintf("%s/run", home);
	_cleanup_(freep) char *bin = xasprintf("%s/bin", home);
	static char text[2048];

	while (request.n_files < 3 && c->files[request.n_files])
		request.n_files++;
	e.home = home;
	e.xdg_runtime_dir = runtime;
	e.path = bin;
	probe_files(&request, &e, c->auth_config, &facts);
	describe(&facts, text, sizeof(text));
	return text;
}

static const struct files_case usual = {.files = {"~/" DOCKER}};

static const struct {
	const char *name;
	const char *docker;
	const char *expected;
} files[] = {
        {"an entry that all find", GOOD, "dpw found " DOCKER},
        {"no file", NULL, "dpw missing " DOCKER},
        {"invalid JSON", "{", "dpw broken " DOCKER},
        {"no entry", "{\"auths\":{}}", "dpw entry-missing " DOCKER},
        {"another entry", "{\"auths\":{" ENTRY("eDp5") "}}", "dpw foreign " DOCKER},
        {"an identity token",
                "{\"auths\":{\"" HOST "\":{\"auth\":\"" NEW "\",\"identitytoken\":\"x\"}}}",
                "dpw identity-token " DOCKER},
        {"a helper", "{\"auths\":{" ENTRY(NEW) "},\"credHelpers\":{\"" HOST "\":\"x\"}}",
                "dp helper " DOCKER "; w found " DOCKER},
        {"our helper",
                "{\"auths\":{" ENTRY(NEW) "},\"credHelpers\":{\"" HOST "\":\"ecr-refresher\"}}",
                "dp by-helper " DOCKER "; w found " DOCKER},
        {"an empty helper", "{\"auths\":{" ENTRY(NEW) "},\"credHelpers\":{\"" HOST "\":\"\"}}",
                "dw found " DOCKER "; p helper-empty " DOCKER},
        {"a store", "{\"auths\":{" ENTRY(NEW) "},\"credsStore\":\"x\"}",
                "d store " DOCKER "; pw found " DOCKER},
        {"a helper that is not installed",
                "{\"auths\":{" ENTRY(NEW) "},\"credHelpers\":{\"" HOST "\":\"none\"}}",
                "dp helper-missing " DOCKER "; w found " DOCKER},
        {"a store that is not installed", "{\"auths\":{" ENTRY(NEW) "},\"credsStore\":\"none\"}",
                "d helper-missing " DOCKER "; pw found " DOCKER},
        {"a twin", "{\"auths\":{\"https://" HOST "\":{\"auth\":\"" OLD "\"}," ENTRY(NEW) "}}",
                "dpw twin " DOCKER "; dpw found " DOCKER},
        {"a twin with the same auth",
                "{\"auths\":{\"https://" HOST "\":{\"auth\":\"" NEW "\"}," ENTRY(NEW) "}}",
                "dpw found " DOCKER},
        {"a repository", "{\"auths\":{\"" HOST "/x\":{\"auth\":\"" OLD "\"}," ENTRY(NEW) "}}",
                "dpw found " DOCKER "; p repository " DOCKER},
        {"a malformed foreign entry", "{\"auths\":{\"z\":{\"auth\":\"xx\"}," ENTRY(NEW) "}}",
                "dw malformed " DOCKER "; p found " DOCKER},
};

static void check_files(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		tap_begin("%s", files[i].name);
		clean();
		put(DOCKER, files[i].docker);
		CHECK_STRING(find(&usual), files[i].expected);
		tap_end();
	}
}

static void check_old(void)
{
	struct record_entry entry = {.host = (char *)HOST, .hash = written_hash(OLD, strlen(OLD))};
	struct written_file file = {.user = (char *)"u",
	        .file = (char *)"~/" DOCKER,
	        .entries = &entry,
	        .n_entries = 1};
	struct written record = {.files = &file, .n_files = 1};
	struct files_case c = usual;

	tap_begin("the record identifies our older entry");
	c.record = &record;
	clean();
	put(DOCKER, "{\"auths\":{" ENTRY(OLD) "}}");
	CHECK_STRING(find(&c), "dpw old " DOCKER);
	tap_end();

	tap_begin("without a known token, any of Amazon's is accepted");
	c.has_no_token = true;
	CHECK_STRING(find(&c), "dpw found " DOCKER);
	put(DOCKER, "{\"auths\":{" ENTRY("eDp5") "}}");
	CHECK_STRING(find(&c), "dpw foreign " DOCKER);
	tap_end();
}

static void check_shadows(void)
{
	tap_begin("an auth.json that podman reads before ours");
	clean();
	put(DOCKER, GOOD);
	put(RUNTIME, "{\"auths\":{" ENTRY(OLD) "}}");
	CHECK_STRING(find(&usual), "dw found " DOCKER "; p shadowed " RUNTIME);
	tap_end();

	tap_begin("an auth.json without our registry");
	put(RUNTIME, "{\"auths\":{\"x\":{\"auth\":\"" OLD "\"},\"" HOST "\":{}}}");
	CHECK_STRING(find(&usual), "dpw found " DOCKER);
	tap_end();

	tap_begin("a broken auth.json, on which podman fails");
	put(RUNTIME, "");
	CHECK_STRING(find(&usual), "dpw found " DOCKER);
	put(RUNTIME, "{\"auths\"");
	CHECK_STRING(find(&usual), "dw found " DOCKER "; p shadow-broken " RUNTIME);
	tap_end();

	tap_begin("an auth.json that names a helper");
	put(RUNTIME, "{\"credHelpers\":{\"" HOST "\":\"x\"}}");
	CHECK_STRING(find(&usual), "dw found " DOCKER "; p helper " RUNTIME);
	tap_end();

	tap_begin("an auth.json that is also configured");
	{
		const struct files_case both = {.files = {"~/" DOCKER, "~/" CONTAINERS}};

		clean();
		put(DOCKER, GOOD);
		put(CONTAINERS, GOOD);
		CHECK_STRING(find(&both), "dw found " DOCKER "; p found " CONTAINERS);
		put(CONTAINERS, "{\"auths\":{" ENTRY("eDp5") "}}");
		CHECK_STRING(find(&both), "dw found " DOCKER "; p foreign " CONTAINERS);
	}
	tap_end();
}

static void check_environment(void)
{
	_cleanup_(freep) char *other = xasprintf("%s/other", home);
	_cleanup_(freep) char *file = xasprintf("%s/other/config.json", home);
	struct files_case c = usual;

	tap_begin("DOCKER_CONFIG leads away from our file");
	clean();
	put(DOCKER, GOOD);
	c.environment.docker_config = other;
	CHECK_STRING(find(&c), "d docker-config other/config.json; w found " DOCKER
	                       "; p auth-file other/config.json");
	tap_end();

	tap_begin("DOCKER_CONFIG leads to our file");
	put("other/config.json", GOOD);
	c.files[0] = file;
	CHECK_STRING(find(&c), "dpw found other/config.json");
	tap_end();

	tap_begin("REGISTRY_AUTH_FILE leads away from our file");
	c = usual;
	c.environment.registry_auth_file = file;
	CHECK_STRING(find(&c), "dw found " DOCKER "; p auth-file other/config.json");
	tap_end();

	tap_begin("DOCKER_AUTH_CONFIG has another entry");
	c = usual;
	c.auth_config = "{\"auths\":{" ENTRY(OLD) "}}";
	CHECK_STRING(find(&c), "dpw found " DOCKER "; d auth-config ");
	c.auth_config = "{\"auths\":{\"x\":{\"auth\":\"" OLD "\"}}}";
	CHECK_STRING(find(&c), "dpw found " DOCKER);
	c.auth_config = "nonsense";
	CHECK_STRING(find(&c), "dpw found " DOCKER);
	tap_end();
}

static void check_sanitize(void)
{
	struct fact fact = {.kind = FACT_TWIN, .clients = 0xff};

	tap_begin("a fact from a pipe");
	memset(fact.host, 'x', sizeof(fact.host));
	memset(fact.detail, '\033', sizeof(fact.detail));
	memset(fact.path, 'y', sizeof(fact.path));
	CHECK(fact_sanitize(&fact));
	CHECK_INT(strlen(fact.host), sizeof(fact.host) - 1);
	CHECK_INT(strlen(fact.path), sizeof(fact.path) - 1);
	CHECK(strchr(fact.detail, '\033') == NULL);
	CHECK_INT(fact.clients, CLIENT_ALL);
	fact.kind = (enum fact_kind)FACT_KIND_COUNT;
	CHECK(!fact_sanitize(&fact));
	fact.kind = (enum fact_kind) - 1;
	CHECK(!fact_sanitize(&fact));
	tap_end();
}

/* The files of an account that no section serves, and whether docker's is old. */
static const struct {
	const char *name, *docker, *containers, *expected;
	bool is_old;
} account_files[] = {
        {"nothing", NULL, NULL, "dp entry-missing "},
        {"an entry", GOOD, NULL, "dp found " DOCKER},
        {"an entry older than any valid token", GOOD, NULL, "dp old " DOCKER, true},
        {"an old file without an entry", "{}", NULL, "dp entry-missing ", true},
        {"a helper", "{\"credHelpers\":{\"" HOST "\":\"x\"}}", NULL, "dp helper " DOCKER, true},
        {"a helper that is not installed", "{\"credHelpers\":{\"" HOST "\":\"none\"}}", NULL,
                "dp helper-missing " DOCKER},
        {"a store, which podman does not read", "{\"credsStore\":\"x\"}", NULL,
                "d helper " DOCKER "; p entry-missing "},
        {"podman's file", NULL, GOOD, "d entry-missing ; p found " CONTAINERS},
        {"podman's file comes first", GOOD, "{\"auths\":{" ENTRY(OLD) "}}",
                "d old " DOCKER "; p found " CONTAINERS, true},
        {"a file that is not JSON", "{", NULL, "dp entry-missing "},
        {"a file that docker refuses", "{\"auths\":{\"z\":{\"auth\":\"xx\"}," ENTRY(NEW) "}}", NULL,
                "d entry-missing ; p found " DOCKER},
};

static void age(const char *name)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", home, name);
	time_t then = time(NULL) - 13 * 3600;
	struct timespec times[] = {{.tv_sec = then}, {.tv_sec = then}};

	utimensat(AT_FDCWD, path, times, 0);
}

static const char *find_for_account(void)
{
	const struct probe_host host = {HOST, NULL};
	const struct probe_request request = {
	        .kind = PROBE_ACCOUNT, .user = "u", .hosts = &host, .n_hosts = 1};
	_cleanup_(freep) char *runtime = xasprintf("%s/run", home);
	_cleanup_(freep) char *bin = xasprintf("%s/bin", home);
	struct client_environment e = {.home = home, .xdg_runtime_dir = runtime, .path = bin};
	_cleanup_(facts_done) struct facts facts = {};
	static char text[2048];

	probe_account(&request, &e, &facts);
	describe(&facts, text, sizeof(text));
	return text;
}

static void check_account(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(account_files); i++) {
		tap_begin("an account that is not served: %s", account_files[i].name);
		clean();
		put(DOCKER, account_files[i].docker);
		put(CONTAINERS, account_files[i].containers);
		if (account_files[i].is_old)
			age(DOCKER);
		CHECK_STRING(find_for_account(), account_files[i].expected);
		tap_end();
	}
	tap_begin("only installed clients count");
	clean();
	put_program("skopeo");
	CHECK_STRING(find_for_account(), "p entry-missing ");
	put_program("docker");
	CHECK_STRING(find_for_account(), "dp entry-missing ");
	put("bin/skopeo", NULL);
	CHECK_STRING(find_for_account(), "d entry-missing ");
	put("bin/docker", NULL);
	tap_end();
}

int main(void)
{
	if (!mkdtemp(home))
		return 1;
	make(".docker");
	make(".config");
	make(".config/containers");
	make("run");
	make("run/containers");
	make("other");
	make("bin");
	put_program("docker-credential-x");
	put_program("docker-credential-ecr-refresher");
	check_files();
	check_old();
	check_shadows();
	check_environment();
	check_sanitize();
	check_account();
	clean();
	put("bin/docker-credential-x", NULL);
	put("bin/docker-credential-ecr-refresher", NULL);
	for (const char *const *d = (const char *const[]){"bin", "other", "run/containers", "run",
	             ".config/containers", ".config", ".docker", ".", NULL};
	        *d; d++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", home, *d);

		rmdir(path);
	}
	rmdir(home);
	return tap_finish();
}
