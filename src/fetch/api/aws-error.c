/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A failed reply has two useful parts: the code, for the program, and the message, for the
 * operator. The server that answers controls every byte, and may be a proxy with a page of HTML, so
 * everything returned is short, printable and free of tokens.
 */

#include "fetch/api/aws-error.h"

#include <errno.h>
#include <expat.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define BODY_MAX_SIZE (256 * 1024)
#define DEPTH_MAX 32
#define CODE_MAX 512
#define MESSAGE_MAX 4096

/* The parts of a reply, not yet sanitized. */
struct reply {
	char code[CODE_MAX];
	char message[MESSAGE_MAX];
};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * Copies one line of UTF-8, shortened to whole characters; replaces what is not printable by '?'.
 */
static void copy_printable(char *ret, size_t ret_size, const char *s)
{
	size_t used = 0;

	while (is_space(*s))
		s++;
	while (*s) {
		size_t size = text_utf8_size(s);
		bool bad = size == 0 || (text_is_control(s) && !is_space(*s));
		size_t wanted = bad ? 1 : size;

		if (used + wanted >= ret_size)
			break;
		if (bad || is_space(*s))
			ret[used++] = bad ? '?' : ' ';
		else
			used = (size_t)((char *)mempcpy(ret + used, s, size) - ret);
		s += size ? size : 1;
	}
	while (used > 0 && ret[used - 1] == ' ')
		used--;
	ret[used] = '\0';
}

/*
 * AWS answers a wrong signature with the canonical request that it expected, which contains our
 * session token. The message is cut before that.
 */
static void cut_canonical_request(char *message)
{
	static const char *const marks[] = {"The Canonical String", "x-amz-security-token"};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		char *mark = strcasestr(message, marks[i]);

		if (mark)
			*mark = '\0';
	}
}

static bool is_code_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

/* Copies "Code" of "name.space#Code:http://…". Returns whether the text has a valid code. */
static bool copy_code(char *ret, size_t ret_size, const char *text)
{
	size_t end = strcspn(text, ":"), start = 0;

	for (size_t i = 0; i < end; i++)
		if (text[i] == '#')
			start = i + 1;
	while (start < end && is_space(text[start]))
		start++;
	while (end > start && is_space(text[end - 1]))
		end--;
	if (start == end || end - start >= ret_size)
		return false;
	for (size_t i = start; i < end; i++)
		if (!is_code_character(text[i]))
			return false;
	memcpy(ret, text + start, end - start);
	ret[end - start] = '\0';
	return true;
}

/* Both fields have two spellings. */
static void parse_json(const char *body, size_t size, struct reply *reply)
{
	_json_ struct json_object *object = json_parse(body, size);
	const char *code = json_member_string(object, "code");
	const char *message = json_member_string(object, "message");

	if (!code)
		code = json_member_string(object, "__type");
	if (!message)
		message = json_member_string(object, "Message");
	snprintf(reply->code, sizeof(reply->code), "%s", code ? code : "");
	snprintf(reply->message, sizeof(reply->message), "%s", message ? message : "");
}

/* Reads <ErrorResponse><Error><Code/><Message/></Error></ErrorResponse>, or <Error> alone. */
struct xml_state {
	XML_Parser parser;
	unsigned depth;
	unsigned error_depth; /* of the open <Error>, or 0 */
	char *target;         /* of the open element's text, or NULL */
	size_t target_size;
	size_t used;
	struct reply *reply;
};

static void xml_start(void *data, const XML_Char *name, _unused_ const XML_Char **attributes)
{
	struct xml_state *state = data;

	if (++state->depth > DEPTH_MAX) {
		XML_StopParser(state->parser, XML_FALSE);
		return;
	}
	if (state->error_depth == 0) {
		if (strcmp(name, "Error") == 0)
			state->error_depth = state->depth;
		return;
	}
	if (state->depth != state->error_depth + 1)
		return;
	if (strcmp(name, "Code") == 0) {
		state->target = state->reply->code;
		state->target_size = sizeof(state->reply->code);
	} else if (strcmp(name, "Message") == 0) {
		state->target = state->reply->message;
		state->target_size = sizeof(state->reply->message);
	}
	if (state->target && *state->target) /* the first one counts */
		state->target = NULL;
	state->used = 0;
}

static void xml_end(void *data, _unused_ const XML_Char *name)
{
	struct xml_state *state = data;

	if (state->depth == state->error_depth)
		state->error_depth = 0;
	else if (state->depth == state->error_depth + 1)
		state->target = NULL;
	state->depth--;
}

static void xml_text(void *data, const XML_Char *text, int size)
{
	struct xml_state *state = data;
	size_t n = (size_t)size;

	if (!state->target || state->depth != state->error_depth + 1)
		return;
	if (n > state->target_size - 1 - state->used)
		n = state->target_size - 1 - state->used;
	memcpy(state->target + state->used, text, n);
	state->used += n;
	state->target[state->used] = '\0';
}

/* No AWS reply has a DTD, and without one no entity can be expanded. */
static void xml_doctype(void *data, _unused_ const XML_Char *name,
        _unused_ const XML_Char *system_id, _unused_ const XML_Char *public_id,
        _unused_ int has_internal_subset)
{
	struct xml_state *state = data;

	XML_StopParser(state->parser, XML_FALSE);
}

static void xml_parser_freep(XML_Parser *parser)
{
	XML_ParserFree(*parser);
}

/* Keeps what precedes a syntax error: a truncated reply may still have its code. */
static void parse_xml(const char *body, size_t size, struct reply *reply)
{
	_cleanup_(xml_parser_freep) XML_Parser parser = XML_ParserCreate(NULL);
	struct xml_state state = {.parser = parser, .reply = reply};

	if (!parser)
		return;
	XML_SetUserData(parser, &state);
	XML_SetElementHandler(parser, xml_start, xml_end);
	XML_SetCharacterDataHandler(parser, xml_text);
	XML_SetStartDoctypeDeclHandler(parser, xml_doctype);
	XML_Parse(parser, body, (int)size, XML_TRUE);
	/* A truncated code is useless. */
	if (state.target == reply->code)
		reply->code[0] = '\0';
}

static void parse_body(const char *body, size_t size, struct reply *reply)
{
	if (size > BODY_MAX_SIZE)
		return;
	while (size > 0 && is_space(*body)) {
		body++;
		size--;
	}
	if (size > 0 && *body == '{')
		parse_json(body, size, reply);
	else if (size > 0 && *body == '<')
		parse_xml(body, size, reply);
}

void aws_error_parse(const char *body, size_t size, const char *error_type, char *ret_code,
        size_t code_size, char *ret_message, size_t message_size)
{
	struct reply reply = {};

	parse_body(body, size, &reply);
	if (!(error_type && copy_code(ret_code, code_size, error_type)) &&
	        !copy_code(ret_code, code_size, reply.code))
		ret_code[0] = '\0';
	cut_canonical_request(reply.message);
	copy_printable(ret_message, message_size, reply.message);
	explicit_bzero(&reply, sizeof(reply));
}

int aws_error_bad_reply(struct reason *ret_reason, const char *operation, const char *format, ...)
{
	char what[128];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	return reason_set(ret_reason, EBADMSG, "bad-reply",
	        "unexpected reply to %s (%s); check for a proxy that answers instead of AWS",
	        operation, what);
}

static bool is_one_of(const char *code, const char *const *codes)
{
	for (; *codes; codes++)
		if (strcmp(code, *codes) == 0)
			return true;
	return false;
}

/* The code is more precise than the status: SlowDown has a 503, an expired request a 400. */
static enum aws_error_kind kind_of_code(const char *code)
{
	static const char *const throttling[] = {"Throttling", "ThrottlingException",
	        "ThrottledException", "RequestThrottledException", "TooManyRequestsException",
	        "ProvisionedThroughputExceededException", "TransactionInProgressException",
	        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException",
	        "RequestThrottled", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException",
	        NULL};
	static const char *const transient[] = {
	        "RequestTimeout", "RequestTimeoutException", "IDPCommunicationError", NULL};
	static const char *const skew[] = {
	        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", NULL};
	static const char *const signature[] = {
	        "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", NULL};

	if (is_one_of(code, throttling))
		return AWS_ERROR_THROTTLING;
	if (is_one_of(code, transient))
		return AWS_ERROR_TRANSIENT;
	if (is_one_of(code, skew))
		return AWS_ERROR_CLOCK_SKEW;
	if (is_one_of(code, signature))
		return AWS_ERROR_SIGNATURE;
	return AWS_ERROR_OTHER;
}

enum aws_error_kind aws_error_kind(long http_status, const char *code)
{
	enum aws_error_kind kind = code ? kind_of_code(code) : AWS_ERROR_OTHER;

	if (kind != AWS_ERROR_OTHER)
		return kind;
	switch (http_status) {
	case 429:
		return AWS_ERROR_THROTTLING;
	case 500:
	case 502:
	case 503:
	case 504:
		return AWS_ERROR_TRANSIENT;
	default:
		return AWS_ERROR_OTHER;
	}
}
