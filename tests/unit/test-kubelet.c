/* SPDX-License-Identifier: Apache-2.0 */
#include "pull/kubelet-reply.h"
#include "pull/kubelet-request.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/json.h"
#include "conformance.h"

#define GROUP "credentialprovider.kubelet.k8s.io/"
#define HOST "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
#define ROLE "arn:aws:iam::123456789012:role/pull"
#define HEAD "\"apiVersion\":\"" GROUP "v1\",\"kind\":\"CredentialProviderRequest\""
#define IMAGE "\"image\":\"" HOST "/app\""
#define TOKEN "\"serviceAccountToken\":\"header.payload.signature\""
#define ANNOTATIONS(role)                                                                          \
	"\"serviceAccountAnnotations\":{\"eks.amazonaws.com/ecr-role-arn\":\"" role "\"}"

static void test_versions(void)
{
	static const char *const versions[] = {GROUP "v1", GROUP "v1beta1", GROUP "v1alpha1"};

	for (size_t i = 0; i < 3; i++) {
		_cleanup_(kubelet_request_done) struct kubelet_request request = {};
		_cleanup_(freep) char *text = xasprintf(
		        "{\"kind\":\"CredentialProviderRequest\",\"apiVersion\":\"%s\"," IMAGE
		        "}\n",
		        versions[i]);

		tap_begin("version %s", versions[i]);
		CHECK_INT(kubelet_request_parse(text, strlen(text), NULL, &request, NULL), 0);
		CHECK_STRING(request.api_version, versions[i]);
		CHECK_STRING(request.registry, HOST);
		CHECK(!request.role_arn);
		tap_end();
	}
}

static void check_registry(const char *image, const char *registry)
{
	_cleanup_(kubelet_request_done) struct kubelet_request request = {};
	_cleanup_(freep) char *text = xasprintf("{" HEAD ",\"image\":\"%s\"}", image);

	CHECK_INT(kubelet_request_parse(text, strlen(text), NULL, &request, NULL), 0);
	if (registry)
		CHECK_STRING(request.registry, registry);
	else
		CHECK(!request.registry);
}

static void test_images(void)
{
	static const struct {
		const char *image, *registry; /* NULL: Docker Hub's */
	} cases[] = {
	        {HOST "/app", HOST},
	        {HOST "/team/app:1.0", HOST},
	        {HOST "/team/app@sha256:0000", HOST},
	        {HOST "/team/app:1.0@sha256:0000", HOST},
	        {HOST, HOST},
	        {"https://" HOST "/app", HOST},
	        /* kubelet compares host, port and case with those of its request. */
	        {HOST ":443/app", HOST ":443"},
	        {HOST ":5000/app:1", HOST ":5000"},
	        {"123456789012.DKR.ecr.eu-central-1.amazonaws.com/app",
	                "123456789012.DKR.ecr.eu-central-1.amazonaws.com"},
	        {"public.ecr.aws/docker/library/busybox:latest", "public.ecr.aws"},
	        {"localhost/app", "localhost"},
	        {"registry:5000/app", "registry:5000"},
	        {"docker.io/library/nginx", "docker.io"},
	        {"library/nginx", NULL},
	        {"team/" HOST "/app", NULL},
	        {"nginx", NULL},
	        {"localhost", NULL},
	        {"/app", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_begin("registry of %s", cases[i].image);
		check_registry(cases[i].image, cases[i].registry);
		tap_end();
	}
}

/* Every host of the conformance data, as the registry of an image. */
static void test_host(struct json_object *c)
{
	const char *text = member_string(c, "host");
	const char *host = strstr(text, "://") ? strstr(text, "://") + 3 : text;
	_cleanup_(freep) char *registry = xstrndup(host, strcspn(host, "/"));
	_cleanup_(freep) char *image = xasprintf("%s/app", registry);

	tap_begin("image of %s", text);
	check_registry(text, registry);
	check_registry(image, registry);
	tap_end();
}

static void test_roles(void)
{
	static const struct {
		const char *name, *members, *fallback, *role; /* role NULL: the node */
	} cases[] = {
	        {"a role and a token", TOKEN "," ANNOTATIONS(ROLE), NULL, ROLE},
	        {"of another partition",
	                TOKEN "," ANNOTATIONS("arn:aws-us-gov:iam::123456789012:role/path/to/pull"),
	                NULL, "arn:aws-us-gov:iam::123456789012:role/path/to/pull"},
	        {"before the default", TOKEN "," ANNOTATIONS(ROLE), ROLE "-default", ROLE},
	        {"the default", TOKEN, ROLE "-default", ROLE "-default"},
	        {"the default beside other annotations",
	                TOKEN ",\"serviceAccountAnnotations\":{\"x\":\"y\"}", ROLE, ROLE},
	        {"no annotation", TOKEN, NULL, NULL},
	        {"an empty default", TOKEN, "", NULL},
	        {"an empty annotation beats the default", TOKEN "," ANNOTATIONS(""), ROLE, NULL},
	        {"nothing", "\"x\":1", ROLE, NULL},
	        {"all null", "\"serviceAccountToken\":null,\"serviceAccountAnnotations\":null",
	                ROLE, NULL},
	        {"an annotation that is null",
	                TOKEN ",\"serviceAccountAnnotations\":"
	                      "{\"eks.amazonaws.com/ecr-role-arn\":null}",
	                NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(kubelet_request_done) struct kubelet_request request = {};
		_cleanup_(freep) char *text =
		        xasprintf("{" HEAD "," IMAGE ",%s}", cases[i].members);

		tap_begin("role: %s", cases[i].name);
		CHECK_INT(kubelet_request_parse(
		                  text, strlen(text), cases[i].fallback, &request, NULL),
		        0);
		CHECK_STRING(request.role_arn ? request.role_arn : "the node",
		        cases[i].role ? cases[i].role : "the node");
		CHECK_STRING(secret_string(&request.token),
		        cases[i].role ? "header.payload.signature" : "");
		tap_end();
	}
}

#define WITHOUT_TOKEN "serviceAccountTokenAudience: sts.amazonaws.com"
#define WHICH_ROLE "eks.amazonaws.com/ecr-role-arn\" is \""

static void test_refused(void)
{
	static const struct {
		const char *text, *code, *says;
	} cases[] = {
	        {"", "bad-request", "run by kubelet"},
	        {" \n", "bad-request", "JSON object"},
	        {"{", "bad-request", "JSON object"},
	        {"null", "bad-request", "JSON object"},
	        {"[]", "bad-request", "JSON object"},
	        {"\x7f"
	         "ELF\x02\x01",
	                "bad-request", "JSON object"},
	        {"apiVersion: " GROUP "v1\nkind: CredentialProviderRequest\n", "bad-request",
	                "JSON object"},
	        {"{" HEAD "," IMAGE "}{" HEAD "," IMAGE "}", "bad-request", "not one JSON object"},
	        {"{" HEAD "," IMAGE "}\n---\n{" HEAD "," IMAGE "}", "bad-request",
	                "not one JSON object"},
	        {"{}", "bad-request", "kind"},
	        {"{\"kind\":\"CredentialProviderResponse\",\"apiVersion\":\"" GROUP "v1\"," IMAGE
	         "}",
	                "bad-request", "\"CredentialProviderResponse\", not"},
	        {"{\"kind\":1,\"apiVersion\":\"" GROUP "v1\"," IMAGE "}", "bad-request", "kind"},
	        {"{\"kind\":\"CredentialProviderRequest\"," IMAGE "}", "unknown-version",
	                "apiVersion is \"\""},
	        {"{\"kind\":\"CredentialProviderRequest\",\"apiVersion\":\"" GROUP "v2\"," IMAGE
	         "}",
	                "unknown-version", "\"" GROUP "v2\""},
	        {"{\"kind\":\"CredentialProviderRequest\",\"apiVersion\":\"v1\"," IMAGE "}",
	                "unknown-version", "CredentialProviderConfig"},
	        {"{" HEAD "}", "bad-request", "no image"},
	        {"{" HEAD ",\"image\":\"\"}", "bad-request", "no image"},
	        {"{" HEAD ",\"image\":null}", "bad-request", "no image"},
	        {"{" HEAD ",\"image\":[\"" HOST "/app\"]}", "bad-request", "image"},
	        {"{" HEAD ",\"image\":\"" HOST "\\u0000.example.com/app\"}", "bad-request",
	                "image"},
	        {"{" HEAD "," IMAGE ",\"serviceAccountToken\":{}}", "bad-request",
	                "serviceAccountToken"},
	        {"{" HEAD "," IMAGE "," TOKEN ",\"serviceAccountAnnotations\":[]}", "bad-request",
	                "serviceAccountAnnotations"},
	        {"{" HEAD "," IMAGE "," TOKEN ",\"serviceAccountAnnotations\":"
	         "{\"eks.amazonaws.com/ecr-role-arn\":7}}",
	                "bad-request", "ecr-role-arn"},
	        {"{" HEAD "," IMAGE "," ANNOTATIONS(ROLE) "}", "no-service-account-token",
	                WITHOUT_TOKEN},
	        {"{" HEAD "," IMAGE ",\"serviceAccountToken\":\"\"," ANNOTATIONS(ROLE) "}",
	                "no-service-account-token", ROLE},
	        {"{" HEAD "," IMAGE ",\"serviceAccountToken\":\"a b\"," ANNOTATIONS(ROLE) "}",
	                "bad-request", "(3 bytes)"},
	        {"{" HEAD "," IMAGE ",\"serviceAccountToken\":\"a\\nb\"," ANNOTATIONS(ROLE) "}",
	                "bad-request", "token"},
	        {"{" HEAD "," IMAGE "," TOKEN "," ANNOTATIONS("pull") "}", "bad-role",
	                WHICH_ROLE "pull\""},
	        {"{" HEAD "," IMAGE "," TOKEN
	         "," ANNOTATIONS("arn:aws:iam::123456789012:user/me") "}",
	                "bad-role", WHICH_ROLE},
	        {"{" HEAD "," IMAGE "," TOKEN "," ANNOTATIONS("arn:aws:iam::1234:role/me") "}",
	                "bad-role", WHICH_ROLE},
	        {"{" HEAD "," IMAGE "," TOKEN
	         "," ANNOTATIONS("arn:aws:iam::123456789012:role/") "}",
	                "bad-role", WHICH_ROLE},
	        {"{" HEAD "," IMAGE "," TOKEN
	         "," ANNOTATIONS(ROLE "\\n[aws]\\ncredential_process = id") "}",
	                "bad-role", WHICH_ROLE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kubelet_request request = {.api_version = "untouched"};
		struct reason reason = {};

		tap_begin("refused: %.120s", cases[i].text);
		CHECK_INT(kubelet_request_parse(
		                  cases[i].text, strlen(cases[i].text), NULL, &request, &reason),
		        -EBADMSG);
		CHECK_STRING(request.api_version, "untouched");
		CHECK(!request.registry && !request.role_arn && !request.token.data);
		CHECK_STRING(reason.code, cases[i].code);
		tap_check(strstr(reason.text, cases[i].says), __FILE__, __LINE__,
		        "\"%s\" without \"%s\"", reason.text, cases[i].says);
		CHECK(!strstr(reason.text, "payload"));
		tap_end();
	}
}

static void test_bad_default(void)
{
	static const char text[] = "{" HEAD "," IMAGE "," TOKEN "}";
	struct kubelet_request request = {};
	struct reason reason = {};

	tap_begin("an invalid default role: the error names AWS_ECR_ROLE_ARN");
	CHECK_INT(kubelet_request_parse(text, strlen(text), "pull", &request, &reason), -EBADMSG);
	CHECK(strstr(reason.text, "AWS_ECR_ROLE_ARN is \"pull\""));
	tap_end();
}

/* Returns a request with so many more characters in its image. Owned. */
static char *long_request(size_t more)
{
	_cleanup_(freep) char *padding = xcalloc(1, more + 1);

	memset(padding, 'a', more);
	return xasprintf("{" HEAD ",\"image\":\"" HOST "/%s\"}", padding);
}

static void test_size(void)
{
	size_t least = strlen("{" HEAD ",\"image\":\"" HOST "/\"}");

	for (size_t over = 0; over < 2; over++) {
		_cleanup_(kubelet_request_done) struct kubelet_request request = {};
		_cleanup_(freep) char *text = long_request(KUBELET_REQUEST_MAX_SIZE - least + over);
		struct reason reason = {};
		int r = kubelet_request_parse(text, strlen(text), NULL, &request, &reason);

		tap_begin("a request of %zu bytes", strlen(text));
		CHECK_INT(r, over ? -EBADMSG : 0);
		CHECK(!over == !strstr(reason.text, "too large"));
		tap_end();
	}
}

/* base64 of "AWS:s3cr3t" */
#define AUTHORIZATION "QVdTOnMzY3IzdA=="

static void check_reply(const char *authorization, int64_t life, const char *expected)
{
	_secret_ struct secret token = {}, reply = {};

	secret_set_string(&token, authorization);
	CHECK_INT(kubelet_reply_format(
	                  GROUP "v1", HOST, &token, 1795261200 + life, 1795261200, &reply, NULL),
	        0);
	CHECK_STRING(secret_string(&reply), expected);
}

#define REPLY(duration, auth)                                                                      \
	"{\"kind\":\"CredentialProviderResponse\",\"apiVersion\":\"" GROUP                         \
	"v1\",\"cacheKeyType\":\"Registry\",\"cacheDuration\":\"" duration "\",\"auth\":" auth     \
	"}\n"
#define AUTH(user, password)                                                                       \
	"{\"" HOST "\":{\"username\":\"" user "\",\"password\":\"" password "\"}}"

static void test_durations(void)
{
	static const struct {
		int64_t life;
		const char *reply;
	} cases[] = {
	        {12 * 3600, REPLY("6h0m0s", AUTH("AWS", "s3cr3t"))},
	        {12 * 3600 - 120, REPLY("5h59m0s", AUTH("AWS", "s3cr3t"))},
	        {7202, REPLY("1h0m1s", AUTH("AWS", "s3cr3t"))},
	        {7199, REPLY("59m59s", AUTH("AWS", "s3cr3t"))},
	        {120, REPLY("1m0s", AUTH("AWS", "s3cr3t"))},
	        {119, REPLY("59s", AUTH("AWS", "s3cr3t"))},
	        {1, REPLY("0s", AUTH("AWS", "s3cr3t"))},
	        {0, REPLY("0s", AUTH("AWS", "s3cr3t"))},
	        {-3600, REPLY("0s", AUTH("AWS", "s3cr3t"))},
	        {INT64_C(1000000000000), REPLY("8760h0m0s", AUTH("AWS", "s3cr3t"))},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_begin("cached for half of %lld s", (long long)cases[i].life);
		check_reply(AUTHORIZATION, cases[i].life, cases[i].reply);
		tap_end();
	}
}

static void test_replies(void)
{
	_secret_ struct secret reply = {};

	tap_begin("the password begins after the first colon");
	check_reply("VTpQOlA6", 0, REPLY("0s", AUTH("U", "P:P:")));
	check_reply("VTo=", 0, REPLY("0s", AUTH("U", "")));
	tap_end();

	tap_begin("a password with quotes");
	check_reply("VToiXAo=", 0, REPLY("0s", AUTH("U", "\\\"\\\\\\u000a")));
	tap_end();

	tap_begin("nothing for an image");
	kubelet_reply_nothing(GROUP "v1", &reply);
	CHECK_STRING(secret_string(&reply), REPLY("0s", "null"));
	tap_end();
}

static void test_bad_tokens(void)
{
	/* Nothing, not base64, no colon, a NUL before and after it. */
	static const char *const tokens[] = {"", "?", "QVdT", "VQA6UA==", "VTpQAFA="};

	for (size_t i = 0; i < ARRAY_SIZE(tokens); i++) {
		_secret_ struct secret token = {}, reply = {};
		struct reason reason = {};

		tap_begin("a malformed token: \"%s\"", tokens[i]);
		secret_set_string(&token, tokens[i]);
		CHECK_INT(kubelet_reply_format(GROUP "v1", HOST, &token, 1, 0, &reply, &reason),
		        -EBADMSG);
		CHECK_INT((long long)reply.size, 0);
		CHECK_STRING(reason.code, "bad-token");
		tap_end();
	}
}

int main(void)
{
	test_versions();
	test_images();
	conformance_run("hosts.json", NULL, test_host);
	test_roles();
	test_refused();
	test_bad_default();
	test_size();
	test_durations();
	test_replies();
	test_bad_tokens();
	return tap_finish();
}
