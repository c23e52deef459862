/* SPDX-License-Identifier: Apache-2.0 */
#include "check/clients/client-lookup.h"
#include "check/clients/registries-conf.h"

#include <stdlib.h>

#include "tap.h"

#define HOST "1.dkr.ecr.eu-central-1.amazonaws.com"
/* "AWS:new", "AWS:old" */
#define NEW "QVdTOm5ldw=="
#define OLD "QVdTOm9sZA=="

/* Returns what a rule finds: "entry AUTH", "helper NAME", "store NAME", "nothing", or "broken". */
static const char *find(struct lookup (*rule)(const struct client_config *, const char *),
        const char *text, const char *name)
{
	_cleanup_(client_config_done) struct client_config c = {};
	static char found[256];
	struct reason reason;
	struct lookup l;

	if (client_config_parse(text, strlen(text), &c, &reason) < 0)
		return "broken";
	l = rule(&c, name);
	if (l.result == LOOKUP_ENTRY)
		snprintf(found, sizeof(found), "entry %s%s", secret_string(&l.entry->auth),
		        l.entry->has_identity_token ? " token" : "");
	else if (l.result == LOOKUP_HELPER)
		snprintf(found, sizeof(found), "helper %s", l.helper);
	else if (l.result == LOOKUP_STORE)
		snprintf(found, sizeof(found), "store %s", l.helper);
	else
		strcpy(found, "nothing");
	return found;
}

static const struct {
	const char *name;
	const char *text;
	const char *docker;
	const char *podman;
	const char *watchtower;
} files[] = {
        {"an entry", "{\"auths\":{\"" HOST "\":{\"auth\":\"" NEW "\"}}}", "entry " NEW,
                "entry " NEW, "entry " NEW},
        {"an empty file", "", "nothing", "nothing", "nothing"},
        {"an entry without credentials", "{\"auths\":{\"" HOST "\":{}}}", "nothing", "nothing",
                "nothing"},
        {"an identity token",
                "{\"auths\":{\"" HOST "\":{\"auth\":\"" NEW "\",\"IdentityToken\":\"x\"}}}",
                "entry " NEW " token", "entry " NEW " token", "entry " NEW " token"},
        {"a helper",
                "{\"auths\":{\"" HOST "\":{\"auth\":\"" NEW "\"}},\"credHelpers\":{\"" HOST
                "\":\"x\"}}",
                "helper x", "helper x", "entry " NEW},
        {"another registry's helper",
                "{\"auths\":{\"" HOST "\":{\"auth\":\"" NEW
                "\"}},\"credHelpers\":{\"2.example\":\"x\"}}",
                "entry " NEW, "entry " NEW, "entry " NEW},
        {"a store", "{\"auths\":{\"" HOST "\":{\"auth\":\"" NEW "\"}},\"credsStore\":\"x\"}",
                "store x", "entry " NEW, "entry " NEW},
        {"a store, and an empty helper",
                "{\"auths\":{\"" HOST "\":{\"auth\":\"" NEW
                "\"}},\"credsStore\":\"x\",\"credHelpers\":{\"" HOST "\":\"\"}}",
                "entry " NEW, "helper ", "entry " NEW},
        {"keys in any case",
                "{\"AUTHS\":{\"" HOST "\":{\"AUTH\":\"" NEW "\"}},\"CredsStore\":\"\"}",
                "entry " NEW, "entry " NEW, "entry " NEW},
        {"the last of two",
                "{\"auths\":{\"" HOST "\":{\"auth\":\"" OLD "\"},\"" HOST "\":{\"auth\":\"" NEW
                "\"}}}",
                "entry " NEW, "entry " NEW, "entry " NEW},
        {"an entry before a null",
                "{\"auths\":{\"" HOST "\":{\"auth\":\"" NEW "\"}},\"auths\":null}", "nothing",
                "nothing", "nothing"},
        {"a URL", "{\"auths\":{\"https://" HOST "/v1/\":{\"auth\":\"" OLD "\"}}}", "entry " OLD,
                "entry " OLD, "entry " OLD},
        {"the exact key before a URL",
                "{\"auths\":{\"https://" HOST "\":{\"auth\":\"" OLD "\"},\"" HOST
                "\":{\"auth\":\"" NEW "\"}}}",
                "entry " NEW, "entry " NEW, "entry " NEW},
        {"a slash after the host", "{\"auths\":{\"" HOST "/\":{\"auth\":\"" OLD "\"}}}",
                "entry " OLD, "nothing", "entry " OLD},
        {"a longer host", "{\"auths\":{\"" HOST ".cn\":{\"auth\":\"" OLD "\"}}}", "nothing",
                "nothing", "nothing"},
        {"a host in capitals",
                "{\"auths\":{\"1.DKR.ecr.eu-central-1.amazonaws.com\":{\"auth\":\"" OLD "\"}}}",
                "nothing", "nothing", "nothing"},
        {"not JSON", "{\"auths\":}", "broken", "broken", "broken"},
        {"auths that are a list", "{\"auths\":[]}", "broken", "broken", "broken"},
        {"not an object", "[]", "broken", "broken", "broken"},
};

static void check_files(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		tap_begin("%s", files[i].name);
		CHECK_STRING(find(docker_lookup, files[i].text, HOST), files[i].docker);
		CHECK_STRING(find(podman_lookup, files[i].text, HOST), files[i].podman);
		CHECK_STRING(find(watchtower_lookup, files[i].text, HOST), files[i].watchtower);
		tap_end();
	}
}

static void check_repositories(void)
{
	static const char text[] =
	        "{\"auths\":{\"" HOST "\":{\"auth\":\"" NEW "\"},\"" HOST "/team\":{\"auth\":\"" OLD
	        "\"},\"" HOST "/team/app\":{\"auth\":\"eDp5\"}}}";

	tap_begin("podman takes the longest key, docker the host's");
	CHECK_STRING(find(podman_lookup, text, HOST "/team/app"), "entry eDp5");
	CHECK_STRING(find(podman_lookup, text, HOST "/team/other"), "entry " OLD);
	CHECK_STRING(find(podman_lookup, text, HOST "/teams"), "entry " NEW);
	CHECK_STRING(find(podman_lookup, text, HOST), "entry " NEW);
	CHECK_STRING(find(docker_lookup, text, HOST), "entry " NEW);
	tap_end();
}

static const char *malformed(const char *auths)
{
	_cleanup_(client_config_done) struct client_config c = {};
	const struct client_entry *e;
	static char key[64];
	char text[256];

	snprintf(text, sizeof(text), "{\"auths\":{%s}}", auths);
	if (client_config_parse(text, strlen(text), &c, NULL) < 0)
		return "broken";
	e = docker_malformed_entry(&c);
	snprintf(key, sizeof(key), "%s", e ? secret_string(&e->key) : "none");
	return key;
}

static void check_malformed(void)
{
	tap_begin("an entry for which docker refuses the file");
	CHECK_STRING(
	        malformed("\"a\":{\"auth\":\"" NEW "\"},\"b\":{},\"c\":{\"auth\":\"\"}"), "none");
	CHECK_STRING(malformed("\"a\":{\"auth\":\"xx\"}"), "a");
	CHECK_STRING(malformed("\"b\":{\"auth\":\"bm9jb2xvbg==\"}"), "b"); /* nocolon */
	CHECK_STRING(malformed("\"c\":{\"auth\":\"OnB3\"}"), "c");         /* :pw */
	tap_end();
}

static void check_paths_are(
        const struct client_environment *e, const char *docker, const char *const *podman, size_t n)
{
	_cleanup_(freep) char *path = docker_config_path(e);
	char *paths[PODMAN_MAX_PATHS];
	size_t found = podman_paths(e, paths);

	CHECK_STRING(path, docker);
	CHECK_INT(found, n);
	for (size_t i = 0; i < found; i++) {
		if (i < n)
			CHECK_STRING(paths[i], podman[i]);
		free(paths[i]);
	}
}

static void check_paths(void)
{
	struct client_environment e = {.home = "/h", .uid = 7};

	tap_begin("the files of a login without a runtime directory");
	check_paths_are(&e, "/h/.docker/config.json",
	        (const char *const[]){"/run/containers/7/auth.json",
	                "/h/.config/containers/auth.json", "/h/.docker/config.json"},
	        3);
	tap_end();

	tap_begin("the XDG directories");
	e.xdg_runtime_dir = "/run/user/7";
	e.xdg_config_home = "/h/conf";
	check_paths_are(&e, "/h/.docker/config.json",
	        (const char *const[]){"/run/user/7/containers/auth.json",
	                "/h/conf/containers/auth.json", "/h/.docker/config.json"},
	        3);
	tap_end();

	tap_begin("DOCKER_CONFIG is also podman's only file");
	e.docker_config = "/d";
	check_paths_are(&e, "/d/config.json", (const char *const[]){"/d/config.json"}, 1);
	tap_end();

	tap_begin("REGISTRY_AUTH_FILE comes before it");
	e.registry_auth_file = "/a.json";
	check_paths_are(&e, "/d/config.json", (const char *const[]){"/a.json"}, 1);
	tap_end();
}

/* Returns 'o' if our helper is in the list, 'f' for the files without it, 'h' for other helpers
 * only, or '-' without a list. */
static char read_conf(const char *text)
{
	struct registries_conf conf = {};

	if (registries_conf_read(text, &conf) == 0)
		return '-';
	return conf.has_ours ? 'o' : conf.has_files ? 'f' : 'h';
}

static void check_registries_conf(void)
{
	tap_begin("the list of registries.conf");
	CHECK_INT(read_conf(""), '-');
	CHECK_INT(read_conf("# credential-helpers = [\"x\"]\n"), '-');
	CHECK_INT(read_conf("unqualified = []\n  credential-helpers=[\"x\"]\n"), 'h');
	CHECK_INT(read_conf("credential-helpers = [\n\"x\",\n\"containers-auth.json\"]\n"), 'f');
	CHECK_INT(read_conf("credential-helpers = []\n"), 'h');
	CHECK_INT(read_conf("credential-helpers = [\"x\", \"ecr-refresher\"]\n"), 'o');
	CHECK_INT(read_conf("credential-helpers = ['ecr-refresher']\n"), 'o');
	CHECK_INT(read_conf("credential-helpers = [\"ecr-refresher-2\"]\n"), 'h');
	CHECK_INT(read_conf("[[registry]]\ncredential-helpers = [\"x\"]\n"), '-');
	CHECK_INT(read_conf("credential-helpers"), '-');
	CHECK_INT(read_conf("credential-helpers = ["), '-');
	tap_end();
}

int main(void)
{
	check_registries_conf();
	check_files();
	check_repositories();
	check_malformed();
	check_paths();
	return tap_finish();
}
