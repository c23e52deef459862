/* SPDX-License-Identifier: Apache-2.0 */
/* Of a request, only the path and query of a configured URL are controlled by others. */
#include "fetch/api/sigv4-canonical.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "http/url-encode.h"

/* Removes the last segment. */
static void pop_segment(struct secret *path)
{
	while (path->size > 0)
		if (path->data[--path->size] == '/')
			break;
}

/*
 * Resolves dot segments and repeated slashes, and encodes each segment once more: the rule for
 * every service but S3.
 */
static void append_path(struct secret *ret, const char *text)
{
	_secret_ struct secret path = {};
	size_t size = strlen(text);
	bool ends_in_slash = size > 0 && text[size - 1] == '/';

	for (const char *s = text; *s; s += size) {
		s += strspn(s, "/");
		size = strcspn(s, "/");
		if (size == 0 || (size == 1 && s[0] == '.'))
			continue;
		if (size == 2 && s[0] == '.' && s[1] == '.') {
			pop_segment(&path);
			continue;
		}
		secret_append(&path, "/", 1);
		url_append_encoded(&path, s, size);
	}
	if (path.size == 0 || ends_in_slash)
		secret_append(&path, "/", 1);
	secret_append(ret, path.data, path.size);
}

struct parameter {
	struct secret key;
	struct secret value;
};

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes escapes first, so that every parameter has one form. */
static void append_parameter(struct secret *ret, const char *s, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		int high = s[i] == '%' && i + 2 < size ? hex_value(s[i + 1]) : -1;
		int low = high >= 0 ? hex_value(s[i + 2]) : -1;
		char c = low >= 0 ? (char)(high * 16 + low) : s[i];

		url_append_encoded(ret, &c, 1);
		if (low >= 0)
			i += 2;
	}
}

static int compare_parameters(const void *a, const void *b)
{
	const struct parameter *x = a, *y = b;
	int r = strcmp(secret_string(&x->key), secret_string(&y->key));

	return r ? r : strcmp(secret_string(&x->value), secret_string(&y->value));
}

static struct parameter *split_query(const char *query, size_t *ret_count)
{
	struct parameter *parameters = NULL;
	size_t count = 0;

	for (const char *s = query; *s;) {
		size_t size = strcspn(s, "&"), key_size = strcspn(s, "=&");

		if (size > 0) {
			struct parameter *p = array_append(&parameters, &count, sizeof(*p));

			append_parameter(&p->key, s, key_size);
			if (key_size < size)
				append_parameter(&p->value, s + key_size + 1, size - key_size - 1);
		}
		s += size + (s[size] == '&');
	}
	*ret_count = count;
	return parameters;
}

static void append_query(struct secret *ret, const char *query)
{
	size_t count;
	struct parameter *parameters = split_query(query, &count);

	if (count > 0)
		qsort(parameters, count, sizeof(*parameters), compare_parameters);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			secret_append(ret, "&", 1);
		secret_append(ret, parameters[i].key.data, parameters[i].key.size);
		secret_append(ret, "=", 1);
		secret_append(ret, parameters[i].value.data, parameters[i].value.size);
		secret_done(&parameters[i].key);
		secret_done(&parameters[i].value);
	}
	free(parameters);
}

/* By name; headers of one name keep their order. */
static int compare_headers(const void *a, const void *b)
{
	const struct sigv4_header *const *x = a, *const *y = b;
	int r = strcasecmp((*x)->name, (*y)->name);

	return r ? r : (*x > *y) - (*x < *y);
}

static const struct sigv4_header **sort_headers(const struct sigv4_request *request)
{
	const struct sigv4_header **sorted = xcalloc(request->n_headers + 1, sizeof(*sorted));

	for (size_t i = 0; i < request->n_headers; i++)
		sorted[i] = &request->headers[i];
	qsort(sorted, request->n_headers, sizeof(*sorted), compare_headers);
	return sorted;
}

static void append_lower(struct secret *ret, const char *s)
{
	for (; *s; s++) {
		char c = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;

		secret_append(ret, &c, 1);
	}
}

/*
 * Appends the value without white space at its ends, and with one space for each run of it inside,
 * folded lines included.
 */
static void append_header_value(struct secret *ret, const char *value)
{
	static const char space[] = " \t\r\n\v\f";

	value += strspn(value, space);
	while (*value) {
		size_t size = strcspn(value, space);

		secret_append(ret, value, size);
		value += size;
		value += strspn(value, space);
		if (*value)
			secret_append(ret, " ", 1);
	}
}

/* sorted ends with NULL. */
static void append_headers(struct secret *ret, const struct sigv4_header *const *sorted)
{
	for (size_t i = 0; sorted[i]; i++) {
		if (i > 0 && strcasecmp(sorted[i - 1]->name, sorted[i]->name) == 0) {
			secret_append(ret, ",", 1);
		} else {
			if (i > 0)
				secret_append(ret, "\n", 1);
			append_lower(ret, sorted[i]->name);
			secret_append(ret, ":", 1);
		}
		append_header_value(ret, sorted[i]->value);
	}
	secret_append(ret, "\n", 1);
}

static void append_signed(struct secret *ret, const struct sigv4_header *const *sorted)
{
	for (size_t i = 0; sorted[i]; i++) {
		if (i > 0 && strcasecmp(sorted[i - 1]->name, sorted[i]->name) == 0)
			continue;
		if (i > 0)
			secret_append(ret, ";", 1);
		append_lower(ret, sorted[i]->name);
	}
}

void sigv4_append_hex(struct secret *ret, const void *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++) {
		secret_append(ret, &digits[bytes[i] >> 4], 1);
		secret_append(ret, &digits[bytes[i] & 15], 1);
	}
}

int sigv4_append_sha256(struct secret *ret, const void *data, size_t size)
{
	unsigned char digest[SIGV4_DIGEST_SIZE];
	size_t n = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, data ? data : "", size, digest, &n) != 1 ||
	        n != sizeof(digest))
		return -EIO;
	sigv4_append_hex(ret, digest, sizeof(digest));
	return 0;
}

int sigv4_canonical_request(const struct sigv4_request *request, struct secret *ret)
{
	_cleanup_(freep) const struct sigv4_header **sorted = sort_headers(request);
	_secret_ struct secret hash = {};
	int r;

	r = sigv4_append_sha256(&hash, request->body, request->body_size);
	if (r < 0)
		return r;
	secret_append_string(ret, request->method);
	secret_append(ret, "\n", 1);
	append_path(ret, request->path);
	secret_append(ret, "\n", 1);
	append_query(ret, request->query);
	secret_append(ret, "\n", 1);
	append_headers(ret, sorted);
	secret_append(ret, "\n", 1);
	append_signed(ret, sorted);
	secret_append(ret, "\n", 1);
	secret_append(ret, hash.data, hash.size);
	return 0;
}

void sigv4_append_signed_headers(const struct sigv4_request *request, struct secret *ret)
{
	_cleanup_(freep) const struct sigv4_header **sorted = sort_headers(request);

	append_signed(ret, sorted);
}
