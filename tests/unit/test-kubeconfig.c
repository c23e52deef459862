/* SPDX-License-Identifier: Apache-2.0 */
/* What integration tests of ecr-publish do not cover: merging, paths, peculiarities of YAML. */
#include "publish/kubernetes/kubeconfig-parse.h"

#include <errno.h>
#include <time.h>

#include "base/alloc.h"
#include "publish/kubernetes/kube-spec.h"
#include "tap.h"

static int parse(const char *text, const char *path, struct kubeconfig *c, struct reason *reason)
{
	return kubeconfig_parse(text, strlen(text), path, c, reason);
}

static void test_merge(void)
{
	_cleanup_(kubeconfig_done) struct kubeconfig c = {};
	const struct kubeconfig_cluster *cluster = NULL;
	const struct kubeconfig_user *user = NULL;
	struct reason reason = {};

	tap_begin(
	        "the first of several files that has a name counts, and paths are relative to it");
	CHECK_INT(parse("clusters: [{name: a, cluster: {server: 'https://one', "
	                "certificate-authority: ca.pem}}]\n",
	                  "/one/config", &c, &reason),
	        0);
	CHECK_INT(parse("clusters:\n- {name: a, cluster: {server: 'https://two'}}\n"
	                "users:\n- {name: u, user: {tokenFile: sub/token, client-key: /abs}}\n"
	                "contexts:\n- {name: x, context: {cluster: a, user: u}}\n"
	                "current-context: x\n",
	                  "/two/config", &c, &reason),
	        0);
	CHECK_INT(parse("current-context: y\n", "/three/config", &c, &reason), 0);
	CHECK_INT(kubeconfig_select(&c, NULL, &cluster, &user, &reason), 0);
	if (CHECK(cluster && user)) {
		CHECK_STRING(cluster->server, "https://one");
		CHECK_STRING(cluster->ca_file, "/one/ca.pem");
		CHECK_STRING(user->token_file, "/two/sub/token");
		CHECK_STRING(user->key_file, "/abs");
		CHECK_STRING(user->origin, "/two/config");
	}
	CHECK_INT(kubeconfig_select(&c, "y", &cluster, &user, &reason), -ENOENT);
	CHECK(strstr(reason.text,
	        "/one/config, /two/config, /three/config has no context y (contexts: "
	        "x)"));
	tap_end();
}

static void test_exec(void)
{
	static const char text[] = "users:\n- name: u\n  user:\n    exec:\n      command: bin/p\n"
	                           "      apiVersion: client.authentication.k8s.io/v1\n"
	                           "      args: ['--a', \"b c\", 7]\n"
	                           "      env: [{name: A, value: \"x=y\"}, {name: B}]\n"
	                           "      provideClusterInfo: true\n"
	                           "- name: v\n  user: {exec: {command: plugin}}\n";
	_cleanup_(kubeconfig_done) struct kubeconfig c = {};
	struct reason reason = {};

	tap_begin("an exec plugin with its arguments and environment");
	CHECK_INT(parse(text, "/dir/config", &c, &reason), 0);
	if (CHECK(c.n_users == 2 && c.users[0].exec && c.users[1].exec)) {
		const struct kubeconfig_exec *e = c.users[0].exec;

		CHECK_STRING(e->command, "/dir/bin/p");
		CHECK_INT(e->n_args, 3);
		CHECK_STRING(e->args[1], "b c");
		CHECK_STRING(e->args[2], "7");
		CHECK_INT(e->n_environment, 2);
		CHECK_STRING(e->environment[0], "A=x=y");
		CHECK_STRING(e->environment[1], "B=");
		CHECK(e->wants_cluster);
		CHECK_STRING(c.users[1].exec->command, "plugin"); /* from $PATH */
	}
	tap_end();
}

static void test_data(void)
{
	static const char text[] = "users:\n- name: u\n  user:\n"
	                           "    client-certificate-data: |\n      YWJj\n      ZGVm\n"
	                           "    client-key-data: 'Z2hp'\n    token: \"a\\tb\"\n"
	                           "    password: ~\n";
	_cleanup_(kubeconfig_done) struct kubeconfig c = {};
	struct reason reason = {};

	tap_begin("base64 on several lines, quotes, and null");
	CHECK_INT(parse(text, "/dir/config", &c, &reason), 0);
	if (CHECK(c.n_users == 1)) {
		CHECK_STRING(secret_string(&c.users[0].certificate), "abcdef");
		CHECK_STRING(secret_string(&c.users[0].key), "ghi");
		CHECK_STRING(secret_string(&c.users[0].token), "a\tb");
		CHECK_INT(c.users[0].password.size, 0);
	}
	tap_end();
}

static void test_impersonation(void)
{
	static const char text[] = "users:\n- name: u\n  user:\n    as: alice\n    as-uid: 7\n"
	                           "    as-groups: [a, 'b c']\n    as-user-extra: {K: [x, y]}\n"
	                           "- name: v\n  user: {as: ~, as-groups: null}\n";
	_cleanup_(kubeconfig_done) struct kubeconfig c = {};
	struct reason reason = {};

	tap_begin("impersonation");
	CHECK_INT(parse(text, "/dir/config", &c, &reason), 0);
	if (CHECK(c.n_users == 2 && c.users[0].n_as_groups == 2 && c.users[0].n_as_extra == 2)) {
		CHECK_STRING(c.users[0].as, "alice");
		CHECK_STRING(c.users[0].as_uid, "7");
		CHECK_STRING(c.users[0].as_groups[1], "b c");
		CHECK_STRING(c.users[0].as_extra[1].key, "K");
		CHECK_STRING(c.users[0].as_extra[1].value, "y");
		CHECK(!c.users[1].as);
	}
	tap_end();
}

static const struct {
	const char *name, *text, *expected;
} wrong[] = {
        {"groups without a user", "users:\n- name: a\n  user: {as-groups: [g]}\n",
                ":3: as-uid, as-groups or as-user-extra without 'as'"},
        {"an escape in a group", "users: [{name: a, user: {as: b, as-groups: [\"\\e[1m\"]}}]\n",
                "one of as-groups has a control character"},
        {"a tab", "clusters:\n\t- name: a\n", "/dir/config:2: not YAML: "},
        {"an unfinished string", "current-context: \"abc\n", "/dir/config:"},
        {"a name that is a list", "users:\n- name: [a]\n", "/dir/config:2: one of users is not"},
        {"a user that is a string", "users:\n- name: a\n  user: TOPSECRET\n", ":2: one of users"},
        {"data that is not base64", "users:\n- name: a\n  user:\n    client-key-data: TOPSECRET-\n",
                ":4: client-key-data is not base64"},
        {"exec without command", "users:\n- name: a\n  user:\n    exec: {args: [TOPSECRET]}\n",
                ":4: exec has no command"},
        {"args with a map", "users: [{name: a, user: {exec: {command: c, args: [{a: b}]}}}]\n",
                "one of args is not a string"},
        {"env without name",
                "users: [{name: a, user: {exec: {command: c, env: [{value: TOPSECRET}]"
                "}}}]\n",
                "one of env has no name"},
        {"contexts as a map", "contexts: {a: b}\n", ":1: contexts is not a list"},
        {"an unknown alias", "clusters: *nothing\n", "/dir/config:"},
};

static void test_wrong(size_t i)
{
	_cleanup_(kubeconfig_done) struct kubeconfig c = {};
	struct reason reason = {};

	tap_begin("%s is refused with its line", wrong[i].name);
	CHECK_INT(parse(wrong[i].text, "/dir/config", &c, &reason), -EBADMSG);
	if (!CHECK(strstr(reason.text, wrong[i].expected)))
		printf("# %s\n", reason.text);
	CHECK(!strstr(reason.text, "TOPSECRET"));
	tap_end();
}

static void test_cycle(void)
{
	static const char text[] =
	        "clusters: &a\n- name: x\n  cluster: &b {server: *b, more: *a}\n";
	_cleanup_(kubeconfig_done) struct kubeconfig c = {};
	struct reason reason = {};

	tap_begin("a document that contains itself ends");
	parse(text, "/dir/config", &c, &reason);
	tap_end();
}

/* A billion laughs: each level has ten of the one below. */
static void test_bomb(void)
{
	char text[4096] = "a0: &a0 x\n";
	_cleanup_(kubeconfig_done) struct kubeconfig c = {};
	struct reason reason = {};

	tap_begin("aliases of aliases are not expanded");
	for (int i = 1; i < 20; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used,
		        "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1,
		        i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	}
	strcat(text, "clusters: *a19\n");
	CHECK_INT(parse(text, "/dir/config", &c, &reason), -EBADMSG);
	tap_end();
}

/* begin, repeated lines (%d is a number), and end: as large as a file may be. */
static void test_large(
        const char *name, const char *begin, const char *line, const char *end, const char *problem)
{
	_cleanup_(freep) char *text = xcalloc(1, KUBECONFIG_MAX_SIZE + 100);
	_cleanup_(kubeconfig_done) struct kubeconfig c = {};
	struct reason reason = {};
	size_t used = (size_t)sprintf(text, "%s", begin);
	clock_t started;

	tap_begin("a megabyte of %s is refused quickly", name);
	for (int i = 0; used + strlen(end) + 64 < KUBECONFIG_MAX_SIZE; i++)
		for (const char *p = line; *p; p++)
			used += (size_t)(*p == '#' ? sprintf(text + used, "%d", i)
			                           : sprintf(text + used, "%c", *p));
	strcpy(text + used, end);
	started = clock();
	CHECK_INT(parse(text, "/dir/config", &c, &reason), problem ? -EBADMSG : 0);
	CHECK((clock() - started) / CLOCKS_PER_SEC < 5);
	CHECK(!problem || strstr(reason.text, problem));
	tap_end();
}

/* Written once and referred to often: a text, a list of it, and all users of that list. */
static void test_multiplied(void)
{
	_cleanup_(freep) char *text = xcalloc(1, KUBECONFIG_MAX_SIZE);
	_cleanup_(kubeconfig_done) struct kubeconfig c = {};
	struct reason reason = {};
	size_t used = (size_t)sprintf(text, "a: &a '");

	tap_begin("a text that aliases make a thousand times as long is refused");
	memset(text + used, 'x', KUBECONFIG_MAX_SIZE / 2);
	used += KUBECONFIG_MAX_SIZE / 2;
	used += (size_t)sprintf(text + used, "'\nb: &b {command: c, args: [*a");
	for (int i = 0; i < 400; i++)
		used += (size_t)sprintf(text + used, ",*a");
	used += (size_t)sprintf(text + used, "]}\nusers:\n");
	for (int i = 0; i < 400; i++)
		used += (size_t)sprintf(text + used, "- {name: u%d, user: {exec: *b}}\n", i);
	CHECK_INT(parse(text, "/dir/config", &c, &reason), -EBADMSG);
	CHECK(strstr(reason.text, "/dir/config:1: aliases repeat its contents too often"));
	tap_end();
}

static void test_namespaces(void)
{
	static const struct {
		const char *patterns[4], *namespace;
		bool is_wanted, needs_list;
	} cases[] = {
	        {{"a"}, "a", true, false},
	        {{"a"}, "ab", false, false},
	        {{"a*"}, "ab", true, true},
	        {{"a*", "!ab"}, "ab", false, true},
	        {{"!ab", "ab"}, "ab", false, false},
	        {{"!a*"}, "b", true, true},
	        {{"!a*"}, "ab", false, true},
	        {{"a", "[bc]?"}, "cx", true, true},
	        {{"a", "!b*"}, "a", true, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config_kubernetes config = {.namespaces = (char **)cases[i].patterns};

		while (cases[i].patterns[config.n_namespaces])
			config.n_namespaces++;
		tap_begin("namespaces %zu: %s", i, cases[i].namespace);
		CHECK_INT(kube_spec_wants(&config, cases[i].namespace), cases[i].is_wanted);
		CHECK_INT(kube_spec_needs_list(&config), cases[i].needs_list);
		tap_end();
	}
}

int main(void)
{
	test_merge();
	test_exec();
	test_data();
	test_impersonation();
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		test_wrong(i);
	test_cycle();
	test_bomb();
	test_large("[", "", "[", "", "config:1: not a kubeconfig: nested too deeply");
	test_large("{a: ", "", "{a: ", "", "nested too deeply");
	test_large("lists in lists", "", "- ", "", "nested too deeply");
	test_large("anchors", "a: [", "&a# x,\n", "]", "too many anchors");
	test_large("aliases", "a: &a x\nb: [", "*a,\n", "]", "too many anchors");
	test_large("%TAG", "", "%TAG !e#! tag:x\n", "--- a\n",
	        "config:17: not a kubeconfig: too many directives");
	test_large("keys", "", "a#: b\n", "", NULL);
	test_large("words", "a: [", "b, ", "]", NULL);
	test_multiplied();
	test_namespaces();
	return tap_finish();
}
