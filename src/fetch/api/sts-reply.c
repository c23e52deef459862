/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An element is found by its own name and its parent's: the outer names differ between operations.
 * Expat copies what it reads, keys included, so its memory is wiped when it is freed.
 */

#include "fetch/api/sts-reply.h"

#include <errno.h>
#include <expat.h>
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "fetch/api/aws-error.h"

#define OPERATION "a request to STS"
#define BODY_MAX_SIZE (256 * 1024)
#define DEPTH_MAX 16
#define NAME_MAX_SIZE 64

/* An element to read, and its text. */
struct field {
	const char *parent;
	const char *name;
	struct secret text;
	bool is_found;
};

struct reader {
	XML_Parser parser;
	char path[DEPTH_MAX + 1][NAME_MAX_SIZE]; /* [0] is "", above the root */
	unsigned depth;
	struct field *fields;
	size_t n_fields;
	struct field *current;
};

/* A block of memory with its size. */
struct block {
	size_t size;
	max_align_t data[];
};

static void *block_alloc(size_t size)
{
	struct block *b = size < SIZE_MAX / 2 ? malloc(sizeof(*b) + size) : NULL;

	if (!b)
		return NULL;
	b->size = size;
	return b->data;
}

static void block_free(void *data)
{
	struct block *b;

	if (!data)
		return;
	b = (struct block *)((char *)data - offsetof(struct block, data));
	explicit_bzero(b, sizeof(*b) + b->size);
	free(b);
}

static void *block_realloc(void *data, size_t size)
{
	void *copy = block_alloc(size);
	const struct block *old;

	if (!copy || !data)
		return copy;
	old = (const struct block *)((char *)data - offsetof(struct block, data));
	memcpy(copy, data, old->size < size ? old->size : size);
	block_free(data);
	return copy;
}

static void on_start(void *data, const XML_Char *name, _unused_ const XML_Char **attributes)
{
	struct reader *r = data;

	r->current = NULL;
	if (r->depth == DEPTH_MAX) {
		XML_StopParser(r->parser, XML_FALSE);
		return;
	}
	snprintf(r->path[++r->depth], NAME_MAX_SIZE, "%s", name);
	for (size_t i = 0; i < r->n_fields; i++)
		if (!r->fields[i].is_found && strcmp(r->fields[i].name, name) == 0 &&
		        strcmp(r->fields[i].parent, r->path[r->depth - 1]) == 0)
			r->current = &r->fields[i];
	if (r->current)
		r->current->is_found = true;
}

static void on_end(void *data, _unused_ const XML_Char *name)
{
	struct reader *r = data;

	r->current = NULL;
	r->depth--;
}

static void on_text(void *data, const XML_Char *text, int size)
{
	struct reader *r = data;

	if (r->current)
		secret_append(&r->current->text, text, (size_t)size);
}

static void on_doctype(void *data, _unused_ const XML_Char *name,
        _unused_ const XML_Char *system_id, _unused_ const XML_Char *public_id,
        _unused_ int has_internal_subset)
{
	struct reader *r = data;

	XML_StopParser(r->parser, XML_FALSE);
}

static void parser_freep(XML_Parser *parser)
{
	XML_ParserFree(*parser);
}

static void trim(struct secret *text)
{
	_secret_ struct secret copy = {};
	const char *s = secret_string(text);
	size_t n;

	s += strspn(s, " \t\r\n");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r\n", s[n - 1]))
		n--;
	secret_set(&copy, s, n);
	secret_done(text);
	secret_move(text, &copy);
}

/* Fills in the fields, all of which are required. */
static int read_fields(
        const char *body, size_t size, struct field *fields, size_t n, struct reason *ret_reason)
{
	static const XML_Memory_Handling_Suite memory = {block_alloc, block_realloc, block_free};
	_cleanup_(parser_freep) XML_Parser parser = XML_ParserCreate_MM(NULL, &memory, NULL);
	struct reader reader = {.parser = parser, .fields = fields, .n_fields = n};

	if (!parser || size > BODY_MAX_SIZE)
		return aws_error_bad_reply(ret_reason, OPERATION, "too large");
	XML_SetUserData(parser, &reader);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	if (XML_Parse(parser, body, (int)size, XML_TRUE) != XML_STATUS_OK)
		return aws_error_bad_reply(ret_reason, OPERATION, "not its XML");
	for (size_t i = 0; i < n; i++) {
		trim(&fields[i].text);
		/* They are sent in headers, which a line break would end. */
		if (fields[i].text.size == 0 ||
		        text_has_control(fields[i].text.data, fields[i].text.size))
			return aws_error_bad_reply(
			        ret_reason, OPERATION, "no valid %s", fields[i].name);
	}
	return 0;
}

static void fields_done(struct field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		secret_done(&fields[i].text);
}

/* Returns the account of an ARN, "arn:aws:sts::123456789012:assumed-role/…", or NULL. */
static char *account_of(const char *arn)
{
	for (int colons = 0; colons < 4; colons++) {
		arn = strchr(arn, ':');
		if (!arn)
			return NULL;
		arn++;
	}
	return strspn(arn, "0123456789") == 12 && arn[12] == ':' ? xstrndup(arn, 12) : NULL;
}

int sts_parse_credentials(
        const char *body, size_t size, struct credentials *ret, struct reason *ret_reason)
{
	struct field fields[] = {{"Credentials", "AccessKeyId"}, {"Credentials", "SecretAccessKey"},
	        {"Credentials", "SessionToken"}, {"Credentials", "Expiration"},
	        {"AssumedRoleUser", "Arn"}};
	int64_t expires_at = 0;
	int r = read_fields(body, size, fields, ARRAY_SIZE(fields), ret_reason);

	if (r == 0 && timestamp_parse(secret_string(&fields[3].text), &expires_at) < 0)
		r = aws_error_bad_reply(ret_reason, OPERATION, "no valid Expiration");
	if (r == 0) {
		*ret = (struct credentials){.expires_at = expires_at};
		ret->access_key_id = xstrdup(secret_string(&fields[0].text));
		secret_move(&ret->secret_access_key, &fields[1].text);
		secret_move(&ret->session_token, &fields[2].text);
		ret->account_id = account_of(secret_string(&fields[4].text));
	}
	fields_done(fields, ARRAY_SIZE(fields));
	return r;
}

int sts_parse_caller(
        const char *body, size_t size, struct sts_caller *ret, struct reason *ret_reason)
{
	struct field fields[] = {{"GetCallerIdentityResult", "Arn"},
	        {"GetCallerIdentityResult", "Account"}, {"GetCallerIdentityResult", "UserId"}};
	struct sts_caller caller;
	int r = read_fields(body, size, fields, ARRAY_SIZE(fields), ret_reason);

	if (r == 0 && (fields[0].text.size >= sizeof(caller.arn) ||
	                      fields[1].text.size >= sizeof(caller.account) ||
	                      fields[2].text.size >= sizeof(caller.user_id)))
		r = aws_error_bad_reply(ret_reason, OPERATION, "names too long");
	if (r == 0) {
		snprintf(caller.arn, sizeof(caller.arn), "%s", secret_string(&fields[0].text));
		snprintf(caller.account, sizeof(caller.account), "%s",
		        secret_string(&fields[1].text));
		snprintf(caller.user_id, sizeof(caller.user_id), "%s",
		        secret_string(&fields[2].text));
		*ret = caller;
	}
	fields_done(fields, ARRAY_SIZE(fields));
	return r;
}
