/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A signature is made in four steps: the request in one canonical form (sigv4-canonical.c), a
 * string to sign that holds its hash, a key for this day, region and service, and the HMAC of the
 * string with that key. The canonical form contains the session token, and the keys are secrets:
 * they are wiped.
 */

#include "fetch/api/sigv4.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "fetch/api/sigv4-canonical.h"

#define DATE_SIZE 8 /* the day of "20150830T123600Z" */

static void append_scope(struct secret *ret, const struct sigv4_scope *scope)
{
	secret_append(ret, scope->date, strnlen(scope->date, DATE_SIZE));
	secret_append(ret, "/", 1);
	secret_append_string(ret, scope->region);
	secret_append(ret, "/", 1);
	secret_append_string(ret, scope->service);
	secret_append_string(ret, "/aws4_request");
}

int sigv4_string_to_sign(const char *algorithm, const struct sigv4_scope *scope,
        const struct secret *canonical_request, struct secret *ret)
{
	_secret_ struct secret hash = {};
	int r;

	r = sigv4_append_sha256(&hash, canonical_request->data, canonical_request->size);
	if (r < 0)
		return r;
	secret_append_string(ret, algorithm);
	secret_append(ret, "\n", 1);
	secret_append_string(ret, scope->date);
	secret_append(ret, "\n", 1);
	append_scope(ret, scope);
	secret_append(ret, "\n", 1);
	secret_append(ret, hash.data, hash.size);
	return 0;
}

static int hmac(const struct secret *key, const void *data, size_t size, struct secret *ret)
{
	unsigned char digest[SIGV4_DIGEST_SIZE];
	size_t n = 0;
	bool ok = EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key->data, key->size, data, size,
	                  digest, sizeof(digest), &n) &&
	          n == sizeof(digest);

	if (ok)
		secret_set(ret, digest, sizeof(digest));
	explicit_bzero(digest, sizeof(digest));
	return ok ? 0 : -EIO;
}

/* The secret key signs only the day; the result signs the region, and so on. */
static int derive_key(
        const struct sigv4_scope *scope, const struct secret *secret_access_key, struct secret *key)
{
	const struct {
		const char *data;
		size_t size;
	} steps[] = {
	        {scope->date, DATE_SIZE},
	        {scope->region, strlen(scope->region)},
	        {scope->service, strlen(scope->service)},
	        {"aws4_request", strlen("aws4_request")},
	};

	secret_set_string(key, "AWS4");
	secret_append(key, secret_access_key->data, secret_access_key->size);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		_secret_ struct secret next = {};
		int r;

		r = hmac(key, steps[i].data, steps[i].size, &next);
		if (r < 0)
			return r;
		secret_move(key, &next);
	}
	return 0;
}

static bool date_is_valid(const char *date)
{
	static const char form[] = "ddddddddTddddddZ";

	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == 'd' ? date[i] < '0' || date[i] > '9' : date[i] != form[i])
			return false;
	return true;
}

/* key is the secret access key. */
static int sign_with_secret(const void *key, const struct sigv4_scope *scope,
        const struct secret *string, struct secret *ret)
{
	_secret_ struct secret derived = {}, signature = {};
	int r = derive_key(scope, key, &derived);

	if (r == 0)
		r = hmac(&derived, string->data, string->size, &signature);
	if (r < 0)
		return r;
	sigv4_append_hex(ret, signature.data, signature.size);
	return 0;
}

static int append_signature(struct secret *ret, const struct sigv4_request *request,
        const struct sigv4_scope *scope, const struct sigv4_signer *signer)
{
	_secret_ struct secret canonical = {}, string = {};
	int r;

	r = sigv4_canonical_request(request, &canonical);
	if (r < 0)
		return r;
	r = sigv4_string_to_sign(signer->algorithm, scope, &canonical, &string);
	if (r < 0)
		return r;
	return signer->sign(signer->key, scope, &string, ret);
}

int sigv4_authorize_with(const struct sigv4_request *request, const struct sigv4_scope *scope,
        const struct sigv4_signer *signer, struct secret *ret)
{
	_secret_ struct secret signature = {};
	int r;

	if (!date_is_valid(scope->date))
		return -EINVAL;
	r = append_signature(&signature, request, scope, signer);
	if (r < 0)
		return r;
	secret_append_string(ret, signer->algorithm);
	secret_append_string(ret, " Credential=");
	secret_append_string(ret, signer->credential);
	secret_append(ret, "/", 1);
	append_scope(ret, scope);
	secret_append_string(ret, ", SignedHeaders=");
	sigv4_append_signed_headers(request, ret);
	secret_append_string(ret, ", Signature=");
	secret_append(ret, signature.data, signature.size);
	return 0;
}

int sigv4_authorize(const struct sigv4_request *request, const struct sigv4_scope *scope,
        const char *access_key_id, const struct secret *secret_access_key, struct secret *ret)
{
	const struct sigv4_signer signer = {
	        .algorithm = SIGV4_HMAC,
	        .credential = access_key_id,
	        .sign = sign_with_secret,
	        .key = secret_access_key,
	};

	return sigv4_authorize_with(request, scope, &signer, ret);
}
