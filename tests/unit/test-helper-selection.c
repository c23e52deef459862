/* SPDX-License-Identifier: Apache-2.0 */
/* Which helper docker and podman ask, and that the writer and `check` report the same. */
#include "write/merge/helper-selection.h"

#include "base/cleanup.h"
#include "check/clients/client-lookup.h"
#include "tap.h"
#include "write/merge/merge.h"

#define HOST "ecr.test"
#define ABSENT                                                                                     \
	{                                                                                          \
		NULL, 0                                                                            \
	}
#define NAME(s)                                                                                    \
	{                                                                                          \
		s, sizeof(s) - 1                                                                   \
	}

static const char *describe(const struct helper_selection *s)
{
	static const char *const settings[] = {[HELPER_NONE] = "file",
	        [HELPER_CRED_HELPERS] = "credHelpers",
	        [HELPER_CREDS_STORE] = "credsStore"};
	static char text[64];

	snprintf(text, sizeof(text), "%s%s%s%s", settings[s->setting],
	        s->setting == HELPER_NONE ? "" : " ", s->setting == HELPER_NONE ? "" : s->name.text,
	        s->is_ours ? ", ours" : "");
	return text;
}

static const struct {
	const char *name;
	struct helper_name for_host, store;
	const char *docker, *podman;
} selections[] = {
        {"no helper", ABSENT, ABSENT, "file", "file"},
        {"an empty store", ABSENT, NAME(""), "file", "file"},
        {"a store", ABSENT, NAME("x"), "credsStore x", "file"},
        {"our store", ABSENT, NAME(OUR_HELPER), "credsStore ecr-refresher, ours", "file"},
        {"a helper", NAME("x"), ABSENT, "credHelpers x", "credHelpers x"},
        {"our helper", NAME(OUR_HELPER), ABSENT, "credHelpers ecr-refresher, ours",
                "credHelpers ecr-refresher, ours"},
        {"a name that begins like ours", NAME(OUR_HELPER "2"), ABSENT, "credHelpers ecr-refresher2",
                "credHelpers ecr-refresher2"},
        {"a name with a NUL", NAME(OUR_HELPER "\0x"), ABSENT, "credHelpers ecr-refresher",
                "credHelpers ecr-refresher"},
        {"an empty helper", NAME(""), ABSENT, "file", "credHelpers "},
        {"an empty helper and a store", NAME(""), NAME("x"), "file", "credHelpers "},
        {"a helper and a store", NAME("x"), NAME("y"), "credHelpers x", "credHelpers x"},
        {"our helper and a store", NAME(OUR_HELPER), NAME("y"), "credHelpers ecr-refresher, ours",
                "credHelpers ecr-refresher, ours"},
};

static void test_selections(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(selections); i++) {
		struct helper_selection docker =
		        helper_select_docker(selections[i].for_host, selections[i].store);
		struct helper_selection podman = helper_select_podman(selections[i].for_host);

		tap_begin("%s", selections[i].name);
		CHECK_STRING(describe(&docker), selections[i].docker);
		CHECK_STRING(describe(&podman), selections[i].podman);
		tap_end();
	}
}

/* What the file makes docker and podman do, and the writer report ("" for no finding). */
static const struct {
	const char *name, *text;
	const char *docker, *podman, *writer;
} files[] = {
        {"no setting", "{}", "file", "file", ""},
        {"nulls", "{\"credHelpers\":null,\"credsStore\":null}", "file", "file", ""},
        {"another host", "{\"credHelpers\":{\"two.test\":\"x\"}}", "file", "file", ""},
        {"a helper", "{\"credHelpers\":{\"" HOST "\":\"x\"}}", "x", "x", "x"},
        {"our helper", "{\"credHelpers\":{\"" HOST "\":\"ecr-refresher\"}}", "ours", "ours", ""},
        {"a helper that is \"\"", "{\"credHelpers\":{\"" HOST "\":\"\"},\"credsStore\":\"y\"}",
                "file", "", ""},
        {"a helper that is null", "{\"credHelpers\":{\"" HOST "\":null},\"credsStore\":\"y\"}",
                "file", "", ""},
        {"a host in capitals, which clients do not match", "{\"credHelpers\":{\"ECR.test\":\"x\"}}",
                "file", "file", "x"},
        {"the host, and in capitals", "{\"credHelpers\":{\"" HOST "\":\"\",\"ECR.test\":\"x\"}}",
                "file", "", ""},
        {"a store, and the host in capitals",
                "{\"credHelpers\":{\"ECR.test\":\"\"},\"credsStore\":\"y\"}", "y", "file", "y"},
        {"a helper twice", "{\"credHelpers\":{\"" HOST "\":\"x\",\"" HOST "\":\"y\"}}", "y", "y",
                "y"},
        {"a helper, then \"\"", "{\"credHelpers\":{\"" HOST "\":\"x\",\"" HOST "\":\"\"}}", "file",
                "", ""},
        {"credHelpers twice",
                "{\"credHelpers\":{\"" HOST "\":\"x\"},\"CREDHELPERS\":{\"a\":\"b\"}}", "x", "x",
                "x"},
        {"credHelpers, then null", "{\"credHelpers\":{\"" HOST "\":\"x\"},\"credHelpers\":null}",
                "file", "file", ""},
        {"a store", "{\"credsStore\":\"y\"}", "y", "file", "y"},
        {"a store in any case", "{\"CredsStorE\":\"y\"}", "y", "file", "y"},
        {"our store", "{\"credsStore\":\"ecr-refresher\"}", "ours", "file", ""},
        {"a store twice", "{\"credsStore\":\"x\",\"credsStore\":\"y\"}", "y", "file", "y"},
        {"a store, then \"\"", "{\"credsStore\":\"x\",\"credsStore\":\"\"}", "file", "file", ""},
        {"a store, then null", "{\"credsStore\":\"x\",\"credsStore\":null}", "x", "file", "x"},
        {"a helper and a store", "{\"credHelpers\":{\"" HOST "\":\"x\"},\"credsStore\":\"y\"}", "x",
                "x", "x"},
        {"our helper and a store",
                "{\"credHelpers\":{\"" HOST "\":\"ecr-refresher\"},\"credsStore\":\"y\"}", "ours",
                "ours", ""},
};

static const char *selected(const struct lookup *l)
{
	if (l->is_our_helper)
		return "ours";
	return l->helper ? l->helper : "file";
}

static void test_files(void)
{
	const struct desired_entry entry = {
	        .host = HOST, .auth = &(const struct secret){.data = (char *)"QQ==", .size = 4}};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_(client_config_done) struct client_config config = {};
		_cleanup_(merge_result_done) struct merge_result result = {};
		size_t size = strlen(files[i].text);
		struct lookup l;

		tap_begin("a file with %s", files[i].name);
		CHECK_INT(client_config_parse(files[i].text, size, &config, NULL), 0);
		l = docker_lookup(&config, HOST);
		CHECK_STRING(selected(&l), files[i].docker);
		l = podman_lookup(&config, HOST);
		CHECK_STRING(selected(&l), files[i].podman);
		CHECK_INT(merge(files[i].text, size, &entry, 1, &result, NULL), 0);
		CHECK_STRING(
		        result.n_findings > 0 ? result.findings[0].detail : "", files[i].writer);
		CHECK(result.n_findings <= 1);
		tap_end();
	}
}

int main(void)
{
	test_selections();
	test_files();
	return tap_finish();
}
