/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/aws-error.h"

#include <strings.h>

#include "conformance.h"

#define MESSAGE_SIZE 512

struct parsed {
	char code[64];
	char message[MESSAGE_SIZE];
};

static struct parsed parse(const char *body, const char *error_type)
{
	struct parsed p = {.code = "untouched", .message = "untouched"};

	aws_error_parse(body, strlen(body), error_type, p.code, sizeof(p.code), p.message,
	        sizeof(p.message));
	return p;
}

static const char *find_header(struct json_object *headers, const char *name)
{
	if (!headers)
		return NULL;
	json_object_object_foreach(headers, key, value)
	{
		if (strcasecmp(key, name) == 0)
			return json_object_get_string(value);
	}
	return NULL;
}

static void conformance_case(struct json_object *c)
{
	struct json_object *response = member(c, "response");
	const char *body = member_string(response, "body"), *code = member_string(c, "errorCode"),
	           *message = member_string(c, "errorMessage");
	struct parsed p = parse(
	        body ? body : "", find_header(member(response, "headers"), "X-Amzn-Errortype"));

	tap_begin("%s %s", member_string(c, "protocol"), member_string(c, "id"));
	CHECK_STRING(p.code, code ? code : "");
	CHECK_STRING(p.message, message ? message : "");
	tap_end();
}

#define XML(inside)                                                                                \
	"<?xml version=\"1.0\"?>\n<ErrorResponse "                                                 \
	"xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">" inside "</ErrorResponse>"
#define ERROR(inside) XML("<Error>" inside "</Error>")

static void test_bodies(void)
{
	static const struct {
		const char *name, *body, *error_type, *code, *message;
	} cases[] = {
	        {"an empty reply", "", NULL, "", ""},
	        {"an empty reply with a header", "", "a.b#Denied:http://x#y/", "Denied", ""},
	        {"an empty header", "{\"code\":\"Denied\"}", "", "Denied", ""},
	        {"a header that is not a code", "{\"code\":\"Denied\"}", "<no code>", "Denied", ""},
	        {"the header has precedence over the body",
	                "{\"__type\":\"Body\",\"message\":\"m\"}", "Header", "Header", "m"},
	        {"a small message", "{\"__type\":\"x#Denied\",\"message\":\"no\"}", NULL, "Denied",
	                "no"},
	        {"a null message", "{\"__type\":\"Denied\",\"message\":null}", NULL, "Denied", ""},
	        {"a numeric code", "{\"code\":7,\"__type\":\"Denied\"}", NULL, "Denied", ""},
	        {"surrounding white space", " \r\n\t{\"code\":\" Denied \"}\n", NULL, "Denied", ""},
	        {"a list", "[{\"code\":\"Denied\"}]", NULL, "", ""},
	        {"truncated JSON", "{\"code\":\"Denied\",\"mess", NULL, "", ""},
	        {"an HTML page", "<!DOCTYPE html><html><Error><Code>Denied</Code></Error></html>",
	                NULL, "", ""},
	        {"HTML without a doctype", "<html><body><h1>502</h1><br></body></html>", NULL, "",
	                ""},
	        {"plain text", "Service Unavailable", NULL, "", ""},
	        {"XML of STS",
	                ERROR("<Type>Sender</Type><Code>ExpiredToken</Code><Message>The security "
	                      "token &lt;x&gt; is expired</Message>"),
	                NULL, "ExpiredToken", "The security token <x> is expired"},
	        {"XML with the error in a list",
	                "<Response><Errors><Error><Code>AuthFailure</Code><Message>m</Message>"
	                "</Error></Errors></Response>",
	                NULL, "AuthFailure", "m"},
	        {"XML with the error alone",
	                "<Error><Message>m</Message><Code>Denied</Code></Error>", NULL, "Denied",
	                "m"},
	        {"XML with two errors",
	                XML("<Error><Code>First</Code></Error><Error><Code>Second"
	                    "</Code><Message>m</Message></Error>"),
	                NULL, "First", "m"},
	        {"a code in another element",
	                XML("<Code>Denied</Code><Detail><Message>m</Message></Detail>"), NULL, "",
	                ""},
	        {"a code nested deeper", ERROR("<Detail><Code>Denied</Code></Detail>"), NULL, "",
	                ""},
	        {"truncated XML", "<ErrorResponse><Error><Code>Denied</Code><Message>The se", NULL,
	                "Denied", "The se"},
	        {"XML truncated in its code", "<ErrorResponse><Error><Code>Den", NULL, "", ""},
	        {"a doctype",
	                "<!DOCTYPE e [<!ENTITY c "
	                "\"Denied\">]><ErrorResponse><Error><Code>&c;</Code>"
	                "</Error></ErrorResponse>",
	                NULL, "", ""},
	        {"an external entity",
	                "<!DOCTYPE e SYSTEM \"file:///etc/hostname\"><Error><Code>Denied</Code>"
	                "</Error>",
	                NULL, "", ""},
	        {"every word on a separate line", "{\"message\":\"a\\nb\\r\\n\\tc \"}", NULL, "",
	                "a b   c"},
	        {"escape sequences", "{\"message\":\"\\u001b[31mred\\u009b0m\\u007f\"}", NULL, "",
	                "?[31mred?0m?"},
	        {"UTF-8", "{\"message\":\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xb3\"}",
	                NULL, "", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xb3"},
	        {"invalid UTF-8", "{\"message\":\"\xff \xc3 \xc0\xaf \xed\xa0\x80 \xe2\x82\"}",
	                NULL, "", "? ? ?? ??? ??"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed p = parse(cases[i].body, cases[i].error_type);

		tap_begin("%s", cases[i].name);
		CHECK_STRING(p.code, cases[i].code);
		CHECK_STRING(p.message, cases[i].message);
		tap_end();
	}
}

/*
 * With both protocols AWS answers a wrong signature with the request it expected, token included.
 */
static void test_session_token(void)
{
	static const char *const bodies[] = {
	        "{\"__type\":\"InvalidSignatureException\",\"message\":\"The request signature we "
	        "calculated does not match the signature you provided.\\n\\nThe Canonical String "
	        "for "
	        "this request should have "
	        "been\\n'POST\\n/\\n\\nx-amz-security-token:TOPSECRET\\n'\"}",
	        ERROR("<Code>SignatureDoesNotMatch</Code><Message>The request signature we "
	              "calculated does not match the signature you provided.\n\nThe Canonical "
	              "String "
	              "for this request should have been\n'POST\nx-amz-security-token:TOPSECRET\n'"
	              "</Message>"),
	        "{\"message\":\"The request signature we calculated does not match the signature "
	        "you "
	        "provided. Headers: X-Amz-Security-Token: TOPSECRET\"}",
	};

	tap_begin("a message does not show the session token");
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct parsed p = parse(bodies[i], NULL);

		CHECK(strstr(p.message, "does not match the signature you provided."));
		CHECK(!strstr(p.message, "TOPSECRET"));
	}
	tap_end();
}

static void test_sizes(void)
{
	static char body[300 * 1024], filler[100 * 1024];
	char code[4] = "", message[8];
	struct parsed p;

	tap_begin("a message is cut at a whole character");
	aws_error_parse("{\"message\":\"12345\xe2\x82\xac\"}", 22, NULL, code, sizeof(code),
	        message, sizeof(message));
	CHECK_STRING(message, "12345");
	tap_end();

	tap_begin("a code that does not fit is not returned");
	aws_error_parse(
	        "{\"code\":\"Denied\"}", 17, NULL, code, sizeof(code), message, sizeof(message));
	CHECK_STRING(code, "");
	tap_end();

	tap_begin("a long message keeps its beginning");
	memset(filler, 'm', sizeof(filler) - 1);
	snprintf(body, sizeof(body), ERROR("<Message>%s</Message><Code>Denied</Code>"), filler);
	p = parse(body, NULL);
	CHECK_STRING(p.code, "Denied");
	CHECK_INT((long long)strlen(p.message), MESSAGE_SIZE - 1);
	tap_end();

	tap_begin("a reply above the size limit is not read");
	memset(body, ' ', sizeof(body) - 1);
	strcpy(body + sizeof(body) - 20, "{\"code\":\"Denied\"}");
	p = parse(body, NULL);
	CHECK_STRING(p.code, "");
	tap_end();
}

/* A code below, or next to, so many levels. */
static struct parsed parse_nested(const char *open, const char *inside, size_t levels)
{
	char body[1024] = "";

	for (size_t i = 0; i < levels; i++)
		strcat(body, open);
	strcat(body, inside);
	return parse(body, NULL);
}

static struct parsed parse_nested_json(size_t levels)
{
	char body[1024] = "{\"code\":\"Denied\",\"a\":";
	size_t n = strlen(body);

	memset(body + n, '[', levels);
	memset(body + n + levels, ']', levels);
	strcpy(body + n + 2 * levels, "}");
	return parse(body, NULL);
}

static void test_depth(void)
{
	static const char xml[] = "<Error><Code>Denied</Code></Error>";
	const struct parsed flat = parse_nested("<a>", xml, 10);
	const struct parsed deep = parse_nested("<a>", xml, 100);
	const struct parsed flat_json = parse_nested_json(10);
	const struct parsed deep_json = parse_nested_json(100);

	tap_begin("a too deeply nested reply is not read");
	CHECK_STRING(flat.code, "Denied");
	CHECK_STRING(deep.code, "");
	CHECK_STRING(flat_json.code, "Denied");
	CHECK_STRING(deep_json.code, "");
	tap_end();
}

static void test_kinds(void)
{
	static const struct {
		long status;
		const char *code;
		enum aws_error_kind kind;
	} cases[] = {
	        {500, "", AWS_ERROR_TRANSIENT},
	        {502, "", AWS_ERROR_TRANSIENT},
	        {503, "ServiceUnavailable", AWS_ERROR_TRANSIENT},
	        {504, NULL, AWS_ERROR_TRANSIENT},
	        {501, "", AWS_ERROR_OTHER},
	        {400, "RequestTimeout", AWS_ERROR_TRANSIENT},
	        {400, "IDPCommunicationError", AWS_ERROR_TRANSIENT},
	        {429, "", AWS_ERROR_THROTTLING},
	        {400, "ThrottlingException", AWS_ERROR_THROTTLING},
	        {400, "LimitExceededException", AWS_ERROR_THROTTLING},
	        {503, "SlowDown", AWS_ERROR_THROTTLING},
	        {403, "RequestTimeTooSkewed", AWS_ERROR_CLOCK_SKEW},
	        {400, "RequestExpired", AWS_ERROR_CLOCK_SKEW},
	        {400, "RequestInTheFuture", AWS_ERROR_CLOCK_SKEW},
	        {400, "InvalidSignatureException", AWS_ERROR_SIGNATURE},
	        {403, "SignatureDoesNotMatch", AWS_ERROR_SIGNATURE},
	        {401, "AuthFailure", AWS_ERROR_SIGNATURE},
	        {400, "AccessDeniedException", AWS_ERROR_OTHER},
	        {403, "ExpiredTokenException", AWS_ERROR_OTHER},
	        {400, "throttling", AWS_ERROR_OTHER},
	        {404, "", AWS_ERROR_OTHER},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_begin("kind of %ld %s", cases[i].status, cases[i].code ? cases[i].code : "-");
		CHECK_INT(aws_error_kind(cases[i].status, cases[i].code), cases[i].kind);
		tap_end();
	}
}

int main(void)
{
	conformance_run("endpoints/error-replies.json", NULL, conformance_case);
	test_bodies();
	test_session_token();
	test_sizes();
	test_depth();
	test_kinds();
	return tap_finish();
}
