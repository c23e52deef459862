/* SPDX-License-Identifier: Apache-2.0 */
/* How a cluster's refusals are reported to the operator. */
#include "publish/kubernetes/kube-error.h"

#include <errno.h>

#include "base/alloc.h"
#include "tap.h"

static const struct kube_request patch = {
        .verb = "patch", .resource = "secrets", .namespace = "team-a", .name = "ecr"};
static const struct kube_request list = {.verb = "list", .resource = "namespaces"};

static const struct {
	const struct kube_request *request;
	long status;
	const char *body;
	int error;
	const char *code;
	const char *fragments[4];
} cases[] = {
        {&patch, 401, "", -EACCES, "unauthorized", {"the user me in /config", "401"}},
        {&patch, 403,
                "{\"message\":\"secrets \\\"ecr\\\" is forbidden: User \\\"me\\\" cannot create "
                "resource \\\"secrets\\\" in API group \\\"\\\" in the namespace \\\"team-a\\\"\"}",
                -EPERM, "forbidden",
                {"may not create", "resources: [\"secrets\"], resourceNames: [\"ecr\"], verbs: "
                                   "[\"create\"]"}},
        {&list, 403, "{\"message\":\"User \\\"me\\\" cannot list resource \\\"namespaces\\\"\"}",
                -EPERM, "forbidden",
                {"{apiGroups: [\"\"], resources: [\"namespaces\"], verbs: [\"list\"]}"}},
        {&list, 403,
                "{\"message\":\"userextras/scopes.authentication.k8s.io \\\"x\\\" is "
                "forbidden: User \\\"me\\\" cannot impersonate resource "
                "\\\"userextras/scopes\\\" in API group \\\"authentication.k8s.io\\\" at "
                "the cluster scope\"}",
                -EPERM, "forbidden",
                {"{apiGroups: [\"authentication.k8s.io\"], resources: [\"userextras/scopes\"], "
                 "resourceNames: [\"x\"], verbs: [\"impersonate\"]}"}},
        {&list, 403, "{\"message\":\"User cannot impersonate resource \\\"\"}", -EPERM, "forbidden",
                {"resources: [\"users\"], resourceNames: [\"\"]"}},
        {&patch, 403, "{\"message\":\"exceeded quota: few\"}", -EPERM, "refused",
                {"team-a/ecr", "exceeded quota: few"}},
        {&patch, 404, "{\"message\":\"x\",\"details\":{\"kind\":\"namespaces\"}}", -ENOENT,
                "no-namespace", {"team-a", "no such namespace"}},
        {&patch, 404, "{\"message\":\"x\",\"details\":{\"kind\":\"secrets\"}}", -ENOENT,
                "not-found", {"team-a/ecr"}},
        {&list, 404, "<html>", -EPROTO, "no-api", {"is it the API server"}},
        {&patch, 409, "{\"message\":\"the object has been modified\"}", -EEXIST, "conflict",
                {"the object has been modified"}},
        {&list, 410, "", -ESTALE, "list-expired", {"changed faster"}},
        {&patch, 422, "{\"message\":\"x\",\"details\":{\"causes\":[{\"field\":\"type\"}]}}",
                -EBADMSG, "wrong-type",
                {"team-a/ecr", "kubectl -n team-a delete secret ecr", "secret ="}},
        {&patch, 422,
                "{\"message\":\"data: Forbidden: field is immutable when `immutable` is "
                "set\"}",
                -EBADMSG, "immutable", {"delete it"}},
        {&patch, 422, "{\"message\":\"metadata.labels: Invalid value\"}", -EBADMSG, "invalid",
                {"metadata.labels: Invalid value", "correct labels"}},
        {&list, 429, "", -EBUSY, "busy", {"429"}},
        {&list, 503, "", -EBUSY, "busy", {"503"}},
        {&list, 500, "{\"message\":\"etcd\\u001b[31m\"}", -EIO, "unexpected-status",
                {"500", "etcd?[31m"}},
        {&list, 302, "[]", -EPROTO, "unexpected-status", {"302"}},
};

static void test(size_t i)
{
	_json_ struct json_object *body = json_parse(cases[i].body, strlen(cases[i].body));
	struct reason reason = {};

	tap_begin("%zu: %ld is %s", i, cases[i].status, cases[i].code);
	CHECK_INT(kube_error_explain(cases[i].request, cases[i].status, body,
	                  "the user me in /config", &reason),
	        cases[i].error);
	CHECK_STRING(reason.code, cases[i].code);
	for (size_t k = 0; k < 4 && cases[i].fragments[k]; k++)
		if (!CHECK(strstr(reason.text, cases[i].fragments[k])))
			printf("# %s\n", reason.text);
	tap_end();
}

/* A webhook repeats what it was sent; the token may be anywhere in its message. */
static void test_echo(long status, const char *before)
{
	static const char token[] = "QVdTOmV5SndZWGxzYjJGa0lqb2lVWEZDYTFsUVdtcz0_-/+";
	_cleanup_(freep) char *text =
	        xasprintf("{\"message\":\"%s%s%s: %s\"}", before, token, token, token);
	_json_ struct json_object *body = json_parse(text, strlen(text));
	struct reason reason = {};

	tap_begin("%ld: %zu words and a token", status, strlen(before));
	kube_error_explain(&patch, status, body, "the user me in /config", &reason);
	CHECK(strstr(reason.text, "…: …") || strlen(before) > 300);
	CHECK(!strstr(reason.text, "QVdT"));
	tap_end();
}

int main(void)
{
	static const long echoes[] = {403, 409, 422, 429, 500, 503};
	char filler[400] = "";

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		test(i);
	for (size_t i = 0; i < sizeof(filler) - 2; i += 2)
		memcpy(filler + i, "a ", 2); /* the token is at the end of the truncated text */
	for (size_t i = 0; i < ARRAY_SIZE(echoes); i++) {
		test_echo(echoes[i], "invalid value: ");
		test_echo(echoes[i], filler);
	}
	return tap_finish();
}
